"""The request that each resource type of Compute Engine stands for."""

from __future__ import annotations

from collections.abc import Collection

from tests.stacks.gcp import bodies
from tests.stacks.gcp.bodies import Shape
from tests.stacks.gcp.kind import ALL, GLOBAL, REGION, Kind


def _compute(
    where: str, what: str, method: str, shape: Shape = dict, fixed: Collection[str] = ("name",)
) -> Kind:
    return Kind("compute.v1", f"{method}.insert", f"{where}/{what}/{{name}}", ("region",), shape, fixed=fixed)


COMPUTE_KINDS: dict[str, Kind] = {
    "compute/network:Network": _compute(
        GLOBAL,
        "networks",
        "networks",
        bodies.moved(("routingMode", "routingConfig.routingMode")),
        ("name", "autoCreateSubnetworks"),
    ),
    "compute/subnetwork:Subnetwork": _compute(
        REGION, "subnetworks", "subnetworks", fixed=("name", "network", "ipCidrRange", "purpose", "region")
    ),
    "compute/router:Router": _compute(REGION, "routers", "routers", fixed=("name", "network", "region")),
    "compute/routerNat:RouterNat": Kind(
        "compute.v1",
        "routers.patch",
        f"{REGION}/routers/{{router}}/{{name}}",
        ("router", "region"),
        bodies.nat,
        refers=(("router", f"{REGION}/routers/{{router}}"),),
    ),
    "compute/firewall:Firewall": _compute(
        GLOBAL, "firewalls", "firewalls", bodies.firewall, ("name", "network", "direction")
    ),
    "compute/globalAddress:GlobalAddress": _compute(GLOBAL, "addresses", "globalAddresses", fixed=ALL),
    "compute/address:Address": _compute(REGION, "addresses", "addresses", fixed=ALL),
    "compute/healthCheck:HealthCheck": _compute(GLOBAL, "healthChecks", "healthChecks"),
    "compute/regionHealthCheck:RegionHealthCheck": _compute(REGION, "healthChecks", "regionHealthChecks"),
    "compute/regionInstanceTemplate:RegionInstanceTemplate": Kind(
        "compute.v1",
        "regionInstanceTemplates.insert",
        f"{REGION}/instanceTemplates/{{name}}",
        ("region",),
        bodies.template,
        fixed=ALL,
    ),
    "compute/instanceGroupManager:InstanceGroupManager": Kind(
        "compute.v1",
        "instanceGroupManagers.insert",
        "projects/{project}/zones/{zone}/instanceGroupManagers/{name}",
        ("zone",),
        shape=bodies.group,
        fixed=("name", "zone", "baseInstanceName"),
    ),
    "compute/regionInstanceGroupManager:RegionInstanceGroupManager": _compute(
        REGION,
        "instanceGroupManagers",
        "regionInstanceGroupManagers",
        bodies.group,
        ("name", "region", "distributionPolicyZones"),
    ),
    "compute/regionBackendService:RegionBackendService": _compute(
        REGION, "backendServices", "regionBackendServices", bodies.backend, ("name", "loadBalancingScheme")
    ),
    "compute/backendService:BackendService": _compute(
        GLOBAL, "backendServices", "backendServices", bodies.backend, ("name", "loadBalancingScheme")
    ),
    "compute/forwardingRule:ForwardingRule": _compute(
        REGION, "forwardingRules", "forwardingRules", bodies.forwarding, ("name", "ipAddress", "ports")
    ),
    "compute/globalForwardingRule:GlobalForwardingRule": _compute(
        GLOBAL, "forwardingRules", "globalForwardingRules", bodies.forwarding, ("name", "ipAddress")
    ),
    "compute/regionUrlMap:RegionUrlMap": _compute(REGION, "urlMaps", "regionUrlMaps"),
    "compute/regionSslPolicy:RegionSslPolicy": _compute(REGION, "sslPolicies", "regionSslPolicies"),
    "compute/regionTargetHttpsProxy:RegionTargetHttpsProxy": _compute(
        REGION, "targetHttpsProxies", "regionTargetHttpsProxies", bodies.https_proxy
    ),
    "compute/targetTCPProxy:TargetTCPProxy": Kind(
        "compute.v1",
        "targetTcpProxies.insert",
        f"{GLOBAL}/targetTcpProxies/{{name}}",
        shape=bodies.moved(("backendService", "service")),
    ),
    "compute/regionSecurityPolicy:RegionSecurityPolicy": _compute(
        REGION, "securityPolicies", "regionSecurityPolicies"
    ),
    "compute/securityPolicy:SecurityPolicy": _compute(GLOBAL, "securityPolicies", "securityPolicies"),
}
