"""A word to who pays, before the month's budget is spent."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from infra.clouds.gcp.place import ENV_LABEL, Component, Place

THRESHOLDS = (0.5, 0.9, 1.0)


class Budget(Component):
    """Mails the billing account's administrators at half, nine tenths and all, and when more is to come."""

    def __init__(self, place: Place, billing_account: str, opts: pulumi.ResourceOptions | None = None):
        super().__init__("Budget", "budget", place, opts)
        project = gcp.organizations.get_project_output(
            project_id=place.project, opts=pulumi.InvokeOutputOptions(parent=self, depends_on=self._needs)
        )
        budget = place.spec.budget_usd_month
        gcp.billing.Budget(
            place.name("budget"),
            billing_account=billing_account,
            display_name=place.name("budget"),
            budget_filter={
                "projects": [pulumi.Output.concat("projects/", project.number)],
                "labels": {ENV_LABEL: place.spec.env},
                "calendar_period": "MONTH",
            },
            amount={"specified_amount": {"currency_code": "USD", "units": str(round(budget))}},
            threshold_rules=[
                *({"threshold_percent": part, "spend_basis": "CURRENT_SPEND"} for part in THRESHOLDS),
                {"threshold_percent": 1.0, "spend_basis": "FORECASTED_SPEND"},
            ],
            opts=self.child(),
        )
        self.register_outputs({})
