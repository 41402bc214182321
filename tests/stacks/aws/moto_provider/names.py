"""Hosted zones, records and certificates."""

from __future__ import annotations

from typing import Any

from tests.stacks.aws.moto_provider.kind import Aws, Facts, Kind, Wanted, nothing
from tests.stacks.provider import Properties


def _record_set(record: Properties) -> dict[str, Any]:
    made: dict[str, Any] = {"Name": record["name"], "Type": record["type"]}
    if "aliases" in record:
        (alias,) = record["aliases"]
        made["AliasTarget"] = {
            "DNSName": alias["name"],
            "HostedZoneId": alias["zoneId"],
            "EvaluateTargetHealth": alias["evaluateTargetHealth"],
        }
        return made
    values = [{"Value": value} for value in record["records"]]
    return made | {"TTL": record["ttl"], "ResourceRecords": values}


def _change(aws: Aws, action: str, record: Properties) -> None:
    change = {"Action": action, "ResourceRecordSet": _record_set(record)}
    aws.route53.change_resource_record_sets(HostedZoneId=record["zoneId"], ChangeBatch={"Changes": [change]})


def _create_record(aws: Aws, wanted: Wanted) -> str:
    keys = ("zoneId", "name", "type", "records", "ttl", "aliases")
    record = {key: wanted[key] for key in keys if wanted.get(key) is not None}
    _change(aws, "CREATE", record)
    return f"{record['zoneId']}_{record['name'].rstrip('.')}_{record['type']}"


def _read_record(aws: Aws, identity: str) -> Facts | None:
    zone, rest = identity.split("_", 1)
    name, _, kind = rest.rpartition("_")
    records = aws.route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    found = [one for one in records if (one["Name"].rstrip("."), one["Type"]) == (name, kind)]
    return {"fqdn": found[0]["Name"].rstrip(".")} if found else None


def _delete_record(aws: Aws, _: str, inputs: Properties) -> None:
    _change(aws, "DELETE", inputs)


def _create_certificate(aws: Aws, wanted: Wanted) -> str:
    call = wanted.sent("domainName", "validationMethod")
    return str(aws.acm.request_certificate(**call, Tags=wanted.tags())["CertificateArn"])


def _read_certificate(aws: Aws, identity: str) -> Facts:
    options = aws.acm.describe_certificate(CertificateArn=identity)["Certificate"]["DomainValidationOptions"]
    records = [one["ResourceRecord"] for one in options]
    proofs = [
        {
            "resourceRecordName": one["Name"],
            "resourceRecordType": one["Type"],
            "resourceRecordValue": one["Value"],
        }
        for one in records
    ]
    return {"arn": identity, "domainValidationOptions": proofs}


def _prove(aws: Aws, wanted: Wanted) -> str:
    """AWS issues the certificate once it finds the record: the record must be there."""
    (proof,) = _read_certificate(aws, wanted["certificateArn"])["domainValidationOptions"]
    there = {
        value["Value"]
        for zone in aws.route53.list_hosted_zones()["HostedZones"]
        for record in aws.route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
        for value in record.get("ResourceRecords", [])
    }
    fqdns = [one.rstrip(".") for one in wanted["validationRecordFqdns"]]
    if proof["resourceRecordValue"] not in there or proof["resourceRecordName"].rstrip(".") not in fqdns:
        raise AssertionError(f"no record proves the certificate: {proof}")
    return str(wanted["certificateArn"])


def _find_zone(aws: Aws, arguments: Properties) -> Properties:
    zones = aws.route53.list_hosted_zones_by_name(DNSName=arguments["name"])["HostedZones"]
    (zone,) = (one for one in zones if one["Name"].rstrip(".") == arguments["name"])
    return {"zoneId": zone["Id"].rpartition("/")[2], "name": arguments["name"], "id": zone["Id"]}


KINDS = {
    "aws:route53/record:Record": Kind(
        _create_record, _read_record, _delete_record, replaces=("zoneId", "name", "type")
    ),
    "aws:acm/certificate:Certificate": Kind(
        _create_certificate,
        _read_certificate,
        lambda aws, identity, _: aws.acm.delete_certificate(CertificateArn=identity),
        replaces=("domainName",),
    ),
    "aws:acm/certificateValidation:CertificateValidation": Kind(
        _prove, lambda aws, identity: {}, nothing, replaces=("certificateArn",)
    ),
}

FUNCTIONS = {"aws:route53/getZone:getZone": _find_zone}
