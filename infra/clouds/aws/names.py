"""What the hosted zone holds: names of the load balancers, and the proof of the API's certificate."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from infra.clouds.aws.place import Component, Place


class Certificate(Component):
    """A certificate for the API's domain, proved by a record in the hosted zone and renewed by AWS."""

    def __init__(self, place: Place, zone_id: str, opts: pulumi.ResourceOptions | None = None):
        super().__init__("Certificate", "certificate", place, opts)
        name = place.name("api")
        certificate = aws.acm.Certificate(
            name,
            domain_name=place.spec.dns.domain,
            validation_method="DNS",
            tags=place.tags("api"),
            opts=self.child(),
        )
        option = certificate.domain_validation_options[0]
        record = aws.route53.Record(
            place.name("api-proof"),
            zone_id=zone_id,
            name=option.resource_record_name,
            type=option.resource_record_type,
            records=[option.resource_record_value],
            ttl=60,
            opts=self.child(),
        )
        validation = aws.acm.CertificateValidation(
            name, certificate_arn=certificate.arn, validation_record_fqdns=[record.fqdn], opts=self.child()
        )
        self.arn: pulumi.Output[str] = validation.certificate_arn
        self.register_outputs({})


def alias(
    what: str,
    owner: Component,
    zone_id: str,
    domain: str,
    target: tuple[pulumi.Output[str], pulumi.Output[str]],
) -> None:
    """A record that leads `domain` to a load balancer; `target` is its DNS name and zone."""
    dns_name, target_zone = target
    aws.route53.Record(
        owner.place.name(what),
        zone_id=zone_id,
        name=domain,
        type="A",
        aliases=[{"name": dns_name, "zone_id": target_zone, "evaluate_target_health": True}],
        opts=owner.child(),
    )
