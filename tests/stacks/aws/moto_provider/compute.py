"""Machines: images, launch templates, auto-scaling groups."""

from __future__ import annotations

from typing import Any

from tests.stacks.aws.moto_provider.kind import Aws, Facts, Kind, Wanted, pascals
from tests.stacks.aws.moto_provider.validation import check_call
from tests.stacks.provider import Properties


def _template_data(wanted: Wanted) -> dict[str, Any]:
    data = wanted.sent("imageId", "instanceType", "userData", "iamInstanceProfile", "metadataOptions")
    interfaces = [_interface(one) for one in wanted["networkInterfaces"]]
    disks = [_disk(one) for one in wanted["blockDeviceMappings"]]
    kinds = [
        {"ResourceType": one["resourceType"], "Tags": _tag_list(one["tags"])}
        for one in wanted["tagSpecifications"]
    ]
    return data | {"NetworkInterfaces": interfaces, "BlockDeviceMappings": disks, "TagSpecifications": kinds}


def _interface(one: Properties) -> dict[str, Any]:
    sent = _with_booleans(pascals(one), "AssociatePublicIpAddress", "DeleteOnTermination")
    return {("Groups" if key == "SecurityGroups" else key): value for key, value in sent.items()}


def _disk(one: Properties) -> dict[str, Any]:
    sent: dict[str, Any] = pascals(one)
    return sent | {"Ebs": _with_booleans(sent["Ebs"], "Encrypted", "DeleteOnTermination")}


def _with_booleans(sent: dict[str, Any], *keys: str) -> dict[str, Any]:
    # Pulumi writes these as words, so that they can be left out.
    return sent | {key: sent[key] == "true" for key in keys if key in sent}


def _tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _create_template(aws: Aws, wanted: Wanted) -> str:
    made = aws.ec2.create_launch_template(
        LaunchTemplateName=wanted["name"],
        LaunchTemplateData=_template_data(wanted),
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": wanted.tags()}],
    )
    return str(made["LaunchTemplate"]["LaunchTemplateId"])


def _update_template(aws: Aws, identity: str, _: Properties, wanted: Wanted) -> None:
    made = aws.ec2.create_launch_template_version(
        LaunchTemplateId=identity, LaunchTemplateData=_template_data(wanted)
    )
    number = str(made["LaunchTemplateVersion"]["VersionNumber"])
    aws.ec2.modify_launch_template(LaunchTemplateId=identity, DefaultVersion=number)


def _read_template(aws: Aws, identity: str) -> Facts:
    (template,) = aws.ec2.describe_launch_templates(LaunchTemplateIds=[identity])["LaunchTemplates"]
    return {"latestVersion": template["LatestVersionNumber"], "name": template["LaunchTemplateName"]}


def _group_call(wanted: Wanted) -> dict[str, Any]:
    call = wanted.sent("minSize", "maxSize", "desiredCapacity", "healthCheckType", "healthCheckGracePeriod")
    call |= wanted.sent("capacityRebalance")
    call["VPCZoneIdentifier"] = ",".join(wanted["vpcZoneIdentifiers"])
    template = wanted.get("launchTemplate")
    if template:
        call["LaunchTemplate"] = {"LaunchTemplateId": template["id"], "Version": template["version"]}
    mixed = pascals(wanted.get("mixedInstancesPolicy"))
    return call | ({"MixedInstancesPolicy": mixed} if mixed else {})


def _create_group(aws: Aws, wanted: Wanted) -> str:
    name = wanted["name"]
    tags = [pascals(one) | _member(name) for one in wanted["tags"]]
    aws.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        TargetGroupARNs=wanted["targetGroupArns"],
        Tags=tags,
        **_group_call(wanted),
    )
    processes = wanted.get("suspendedProcesses")
    if processes:
        aws.autoscaling.suspend_processes(AutoScalingGroupName=name, ScalingProcesses=processes)
    _check_refresh(name, wanted.get("instanceRefresh"))
    return str(name)


def _update_group(aws: Aws, identity: str, _: Properties, wanted: Wanted) -> None:
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=identity, **_group_call(wanted))
    _check_refresh(identity, wanted.get("instanceRefresh"))


def _check_refresh(name: str, refresh: Properties | None) -> None:
    if refresh is None:
        return
    preferences = pascals(refresh["preferences"])
    preferences["InstanceWarmup"] = int(preferences["InstanceWarmup"])
    call = {"AutoScalingGroupName": name, "Strategy": refresh["strategy"], "Preferences": preferences}
    check_call("autoscaling", "StartInstanceRefresh", call)


def _member(name: str) -> dict[str, str]:
    return {"ResourceId": name, "ResourceType": "auto-scaling-group"}


def _read_group(aws: Aws, identity: str) -> Facts | None:
    found = aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[identity])
    if not found["AutoScalingGroups"]:
        return None
    (group,) = found["AutoScalingGroups"]
    return {
        "arn": group["AutoScalingGroupARN"],
        "name": identity,
        "minSize": group["MinSize"],
        "maxSize": group["MaxSize"],
        "desiredCapacity": group["DesiredCapacity"],
        "vpcZoneIdentifiers": group["VPCZoneIdentifier"].split(","),
    }


def _delete_group(aws: Aws, identity: str, _: Properties) -> None:
    aws.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=identity, MinSize=0, MaxSize=0, DesiredCapacity=0
    )
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=identity, ForceDelete=True)


def _create_hook(aws: Aws, wanted: Wanted) -> str:
    keys = ("autoscalingGroupName", "lifecycleTransition", "heartbeatTimeout", "defaultResult")
    call = wanted.sent(*keys)
    call["AutoScalingGroupName"] = call.pop("AutoscalingGroupName")
    aws.autoscaling.put_lifecycle_hook(LifecycleHookName=wanted["name"], **call)
    return f"{wanted['autoscalingGroupName']}/{wanted['name']}"


def _read_hook(aws: Aws, identity: str) -> Facts | None:
    group, name = identity.split("/")
    hooks = aws.autoscaling.describe_lifecycle_hooks(AutoScalingGroupName=group)["LifecycleHooks"]
    found = [one for one in hooks if one["LifecycleHookName"] == name]
    return {"heartbeatTimeout": found[0]["HeartbeatTimeout"]} if found else None


def _delete_hook(aws: Aws, identity: str, _: Properties) -> None:
    group, name = identity.split("/")
    aws.autoscaling.delete_lifecycle_hook(AutoScalingGroupName=group, LifecycleHookName=name)


def _find_image(aws: Aws, arguments: Properties) -> Properties:
    call = {"Owners": arguments["owners"]} if "owners" in arguments else {}
    found = aws.ec2.describe_images(Filters=pascals(arguments["filters"]), **call)["Images"]
    newest = max(found, key=lambda one: one["CreationDate"])
    return {"id": newest["ImageId"], "rootDeviceName": newest["RootDeviceName"]}


KINDS = {
    "aws:ec2/launchTemplate:LaunchTemplate": Kind(
        _create_template,
        _read_template,
        lambda aws, identity, _: aws.ec2.delete_launch_template(LaunchTemplateId=identity),
        _update_template,
        replaces=("name",),
        name_key="name",
        ours=("updateDefaultVersion",),
    ),
    "aws:autoscaling/group:Group": Kind(
        _create_group,
        _read_group,
        _delete_group,
        _update_group,
        replaces=("name",),
        name_key="name",
        ours=("waitForCapacityTimeout",),
    ),
    "aws:autoscaling/lifecycleHook:LifecycleHook": Kind(
        _create_hook, _read_hook, _delete_hook, replaces=("name", "autoscalingGroupName")
    ),
}

FUNCTIONS = {"aws:ec2/getAmi:getAmi": _find_image}
