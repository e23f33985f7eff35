"""The moto server on which `make terraform-apply-check` applies the deployment. Takes the port as its argument.

Moto leaves out a few things that Terraform asks every AWS for. They are added here, each as small as Terraform needs.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.budgets.responses import BudgetsResponse
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket
from moto.server import main
from moto.sqs.models import Queue


def keep_redrive_allow_policies() -> None:
    """SetQueueAttributes takes them; GetQueueAttributes never tells, and Terraform waits until it does."""
    told = Queue.attributes.fget

    def attributes(queue: Queue) -> dict[str, Any]:
        policy = getattr(queue, "redrive_allow_policy", None)
        return told(queue) | ({"RedriveAllowPolicy": policy} if policy else {})

    Queue.attributes = property(attributes)
    Queue.KMS_ATTRIBUTES = [*Queue.KMS_ATTRIBUTES, "RedriveAllowPolicy"]  # those that may be absent without an error


def keep_queue_policies() -> None:
    """Setting any other attribute of a queue takes its policy away."""
    set_all = Queue._set_attributes

    def set_attributes(queue: Queue, attributes: dict[str, Any], now: float | None = None) -> None:
        policy = getattr(queue, "_policy_json", None) and queue.policy
        set_all(queue, ({"Policy": policy} if policy else {}) | attributes, now)

    Queue._set_attributes = set_attributes


def answer_for_subscribers_and_tags_of_budgets() -> None:
    def describe_subscribers(request: BudgetsResponse) -> str:
        budget = request.backend.budgets[request._get_param("AccountId")][request._get_param("BudgetName")]
        wanted = request._get_param("Notification")["NotificationType"]
        found = [item.subscribers for item in budget.notifications if item.details["NotificationType"] == wanted]
        return json.dumps({"Subscribers": found[0] if found else []})

    BudgetsResponse.describe_subscribers_for_notification = describe_subscribers
    BudgetsResponse.list_tags_for_resource = lambda _: json.dumps({"ResourceTags": []})


def answer_for_tags_of_scaling_targets() -> None:
    ApplicationAutoScalingResponse.list_tags_for_resource = lambda _: json.dumps({"Tags": {}})
    ApplicationAutoScalingResponse.tag_resource = lambda _: "{}"


def leave_out_conditional_bucket_statements() -> None:
    """Moto ignores conditions: “deny what does not come over TLS” would deny everything."""

    def permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
        document = json.loads(bucket.policy or b'{"Statement": []}')
        document["Statement"] = [statement for statement in document["Statement"] if "Condition" not in statement]
        if not document["Statement"]:
            return PermissionResult.NEUTRAL
        return IAMPolicy(json.dumps(document)).is_action_permitted(action, resource)

    FakeBucket.get_permission = permission


if __name__ == "__main__":
    keep_redrive_allow_policies()
    keep_queue_policies()
    answer_for_subscribers_and_tags_of_budgets()
    answer_for_tags_of_scaling_targets()
    leave_out_conditional_bucket_statements()
    main(["-H", "127.0.0.1", "-p", sys.argv[1]])
