"""The environment's names in Google's DNS."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from infra.clouds.gcp.place import Component, Place
from sre_cli.errors import SpecError

TTL_S = 300


def find_zone(place: Place, provider: gcp.Provider) -> str | None:
    """The managed zone's name, if the spec names a hosted zone. Raises SpecError: when it is not there."""
    domain = place.spec.dns.hosted_zone
    if domain is None:
        return None
    options = pulumi.InvokeOptions(provider=provider)
    zones = gcp.dns.get_managed_zones(project=place.project, opts=options).managed_zones
    found = [zone.name for zone in zones if zone.dns_name == f"{domain}." and zone.visibility == "public"]
    if not found:
        raise SpecError(
            f"dns.hosted_zone: project {place.project} has no public zone of {domain}",
            hint=f"gcloud dns managed-zones create {domain.replace('.', '-')} --dns-name={domain}."
            f" --description={place.spec.env}, or leave hosted_zone out",
        )
    return str(found[0])


def operator_domain(place: Place, engine: str) -> str:
    """Where operators find Nomad or Consul; the servers' certificates hold these names."""
    return f"{engine}.{place.spec.dns.domain}"


def record(parent: Component, what: str, zone: str, domain: str, address: pulumi.Output[str]) -> None:
    """An address under a name."""
    gcp.dns.RecordSet(
        parent.place.name(what),
        project=parent.place.project,
        managed_zone=zone,
        name=f"{domain}.",
        type="A",
        ttl=TTL_S,
        rrdatas=[address],
        opts=parent.child(),
    )


class ManagedCertificate(Component):
    """A certificate that Google makes and renews, proved by a DNS record before anything points here."""

    def __init__(self, place: Place, zone: str, opts: pulumi.ResourceOptions | None = None):
        super().__init__("ManagedCertificate", "api", place, opts)
        name, domain = place.name("api"), place.spec.dns.domain
        proof = gcp.certificatemanager.DnsAuthorization(
            name,
            name=name,
            project=place.project,
            location=place.region,
            domain=domain,
            # What Google asks for in a region.
            type="PER_PROJECT_RECORD",
            labels=place.labels,
            opts=self.child(),
        )
        wanted = proof.dns_resource_records[0]
        shown = gcp.dns.RecordSet(
            place.name("api-proof"),
            project=place.project,
            managed_zone=zone,
            name=wanted.name,
            type=wanted.type,
            ttl=TTL_S,
            rrdatas=[wanted.data],
            opts=self.child(),
        )
        certificate = gcp.certificatemanager.Certificate(
            name,
            name=name,
            project=place.project,
            location=place.region,
            managed={"domains": [domain], "dns_authorizations": [proof.id]},
            labels=place.labels,
            opts=self.child(depends_on=[shown]),
        )
        self.id: pulumi.Output[str] = certificate.id
        self.register_outputs({"id": self.id})
