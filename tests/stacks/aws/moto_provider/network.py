"""The VPC and what lies in it."""

from __future__ import annotations

from typing import Any

from tests.stacks.aws.moto_provider.kind import Aws, Facts, Kind, Wanted
from tests.stacks.provider import Properties


def _tagged(kind: str, wanted: Wanted) -> dict[str, Any]:
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": wanted.tags()}]}


def _create_vpc(aws: Aws, wanted: Wanted) -> str:
    made = aws.ec2.create_vpc(**wanted.sent("cidrBlock"), **_tagged("vpc", wanted))["Vpc"]["VpcId"]
    for key in ("enableDnsSupport", "enableDnsHostnames"):
        (attribute,) = wanted.sent(key)
        aws.ec2.modify_vpc_attribute(VpcId=made, **{attribute: {"Value": wanted[key]}})
    return str(made)


def _read_vpc(aws: Aws, identity: str) -> Facts:
    (vpc,) = aws.ec2.describe_vpcs(VpcIds=[identity])["Vpcs"]
    return {"cidrBlock": vpc["CidrBlock"], "tags": _tags(vpc)}


def _create_subnet(aws: Aws, wanted: Wanted) -> str:
    call = wanted.sent("vpcId", "cidrBlock", "availabilityZone") | _tagged("subnet", wanted)
    made = aws.ec2.create_subnet(**call)["Subnet"]["SubnetId"]
    aws.ec2.modify_subnet_attribute(
        SubnetId=made, MapPublicIpOnLaunch={"Value": wanted["mapPublicIpOnLaunch"]}
    )
    return str(made)


def _read_subnet(aws: Aws, identity: str) -> Facts:
    (subnet,) = aws.ec2.describe_subnets(SubnetIds=[identity])["Subnets"]
    return {
        "vpcId": subnet["VpcId"],
        "cidrBlock": subnet["CidrBlock"],
        "availabilityZone": subnet["AvailabilityZone"],
        "mapPublicIpOnLaunch": subnet["MapPublicIpOnLaunch"],
        "tags": _tags(subnet),
    }


def _create_gateway(aws: Aws, wanted: Wanted) -> str:
    made = aws.ec2.create_internet_gateway(**_tagged("internet-gateway", wanted))["InternetGateway"]
    aws.ec2.attach_internet_gateway(InternetGatewayId=made["InternetGatewayId"], **wanted.sent("vpcId"))
    return str(made["InternetGatewayId"])


def _read_gateway(aws: Aws, identity: str) -> Facts:
    (gateway,) = aws.ec2.describe_internet_gateways(InternetGatewayIds=[identity])["InternetGateways"]
    return {"vpcId": gateway["Attachments"][0]["VpcId"]}


def _delete_gateway(aws: Aws, identity: str, inputs: Properties) -> None:
    aws.ec2.detach_internet_gateway(InternetGatewayId=identity, VpcId=inputs["vpcId"])
    aws.ec2.delete_internet_gateway(InternetGatewayId=identity)


def _create_table(aws: Aws, wanted: Wanted) -> str:
    call = wanted.sent("vpcId") | _tagged("route-table", wanted)
    return str(aws.ec2.create_route_table(**call)["RouteTable"]["RouteTableId"])


def _read_table(aws: Aws, identity: str) -> Facts:
    (table,) = aws.ec2.describe_route_tables(RouteTableIds=[identity])["RouteTables"]
    return {"vpcId": table["VpcId"]}


def _create_route(aws: Aws, wanted: Wanted) -> str:
    keys = ("routeTableId", "destinationCidrBlock", "gatewayId", "natGatewayId")
    aws.ec2.create_route(**wanted.sent(*keys))
    return f"{wanted['routeTableId']}_{wanted['destinationCidrBlock']}"


def _read_route(aws: Aws, identity: str) -> Facts | None:
    table, _, destination = identity.partition("_")
    (found,) = aws.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    routes = [one for one in found["Routes"] if one.get("DestinationCidrBlock") == destination]
    if not routes:
        return None
    known = {"natGatewayId": "NatGatewayId", "gatewayId": "GatewayId"}
    return {ours: routes[0][theirs] for ours, theirs in known.items() if routes[0].get(theirs)}


def _delete_route(aws: Aws, _: str, inputs: Properties) -> None:
    aws.ec2.delete_route(
        RouteTableId=inputs["routeTableId"], DestinationCidrBlock=inputs["destinationCidrBlock"]
    )


def _create_association(aws: Aws, wanted: Wanted) -> str:
    return str(aws.ec2.associate_route_table(**wanted.sent("subnetId", "routeTableId"))["AssociationId"])


def _read_association(aws: Aws, identity: str) -> Facts | None:
    by_id = [{"Name": "association.route-table-association-id", "Values": [identity]}]
    for table in aws.ec2.describe_route_tables(Filters=by_id)["RouteTables"]:
        for one in table["Associations"]:
            if one["RouteTableAssociationId"] == identity:
                return {"subnetId": one["SubnetId"], "routeTableId": one["RouteTableId"]}
    return None


def _delete_association(aws: Aws, identity: str, _: Properties) -> None:
    aws.ec2.disassociate_route_table(AssociationId=identity)


def _create_address(aws: Aws, wanted: Wanted) -> str:
    call = wanted.sent("domain") | _tagged("elastic-ip", wanted)
    return str(aws.ec2.allocate_address(**call)["AllocationId"])


def _read_address(aws: Aws, identity: str) -> Facts:
    (address,) = aws.ec2.describe_addresses(AllocationIds=[identity])["Addresses"]
    return {"publicIp": address["PublicIp"]}


def _create_nat(aws: Aws, wanted: Wanted) -> str:
    call = wanted.sent("allocationId", "subnetId") | _tagged("natgateway", wanted)
    return str(aws.ec2.create_nat_gateway(**call)["NatGateway"]["NatGatewayId"])


def _read_nat(aws: Aws, identity: str) -> Facts | None:
    found = aws.ec2.describe_nat_gateways(NatGatewayIds=[identity])["NatGateways"]
    alive = [one for one in found if one["State"] == "available"]
    return {"subnetId": alive[0]["SubnetId"]} if alive else None


def _create_endpoint(aws: Aws, wanted: Wanted) -> str:
    keys = ("vpcId", "serviceName", "vpcEndpointType", "routeTableIds", "subnetIds", "securityGroupIds")
    call = wanted.sent(*keys, "privateDnsEnabled") | _tagged("vpc-endpoint", wanted)
    return str(aws.ec2.create_vpc_endpoint(**call)["VpcEndpoint"]["VpcEndpointId"])


def _read_endpoint(aws: Aws, identity: str) -> Facts | None:
    found = aws.ec2.describe_vpc_endpoints(VpcEndpointIds=[identity])["VpcEndpoints"]
    alive = [one for one in found if one["State"] != "deleted"]
    return {"serviceName": alive[0]["ServiceName"]} if alive else None


def _create_flow_log(aws: Aws, wanted: Wanted) -> str:
    call = wanted.sent("trafficType", "logDestinationType", "logDestination", "maxAggregationInterval")
    made = aws.ec2.create_flow_logs(
        ResourceType="VPC",
        ResourceIds=[wanted["vpcId"]],
        DeliverLogsPermissionArn=wanted["iamRoleArn"],
        **call,
        **_tagged("vpc-flow-log", wanted),
    )
    if made["Unsuccessful"]:
        raise AssertionError(made["Unsuccessful"])
    return str(made["FlowLogIds"][0])


def _read_flow_log(aws: Aws, identity: str) -> Facts | None:
    found = aws.ec2.describe_flow_logs(FlowLogIds=[identity])["FlowLogs"]
    return {"trafficType": found[0]["TrafficType"], "vpcId": found[0]["ResourceId"]} if found else None


def _retag(aws: Aws, identity: str, _: Properties, wanted: Wanted) -> None:
    aws.ec2.create_tags(Resources=[identity], Tags=wanted.tags())


def _tags(found: dict[str, Any]) -> dict[str, str]:
    return {one["Key"]: one["Value"] for one in found.get("Tags", [])}


def _deleted(call: str, key: str) -> Any:
    return lambda aws, identity, _: getattr(aws.ec2, call)(**{key: identity})


def _all_deleted(call: str, key: str) -> Any:
    return lambda aws, identity, _: getattr(aws.ec2, call)(**{key: [identity]})


KINDS = {
    "aws:ec2/vpc:Vpc": Kind(
        _create_vpc, _read_vpc, _deleted("delete_vpc", "VpcId"), _retag, replaces=("cidrBlock",)
    ),
    "aws:ec2/subnet:Subnet": Kind(
        _create_subnet,
        _read_subnet,
        _deleted("delete_subnet", "SubnetId"),
        _retag,
        replaces=("vpcId", "cidrBlock", "availabilityZone"),
    ),
    "aws:ec2/internetGateway:InternetGateway": Kind(_create_gateway, _read_gateway, _delete_gateway),
    "aws:ec2/routeTable:RouteTable": Kind(
        _create_table, _read_table, _deleted("delete_route_table", "RouteTableId"), replaces=("vpcId",)
    ),
    "aws:ec2/route:Route": Kind(_create_route, _read_route, _delete_route, replaces=("routeTableId",)),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Kind(
        _create_association, _read_association, _delete_association, replaces=("subnetId",)
    ),
    "aws:ec2/eip:Eip": Kind(_create_address, _read_address, _deleted("release_address", "AllocationId")),
    "aws:ec2/natGateway:NatGateway": Kind(
        _create_nat,
        _read_nat,
        _deleted("delete_nat_gateway", "NatGatewayId"),
        replaces=("subnetId", "allocationId"),
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Kind(
        _create_endpoint, _read_endpoint, _all_deleted("delete_vpc_endpoints", "VpcEndpointIds")
    ),
    "aws:ec2/flowLog:FlowLog": Kind(
        _create_flow_log, _read_flow_log, _all_deleted("delete_flow_logs", "FlowLogIds")
    ),
}
