"""The moto server of `make terraform-apply-check`. Takes the port as its argument.

The AWS provider calls a few operations that moto lacks. Each is added here, as far as the provider needs it.
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


def return_redrive_allow_policies() -> None:
    """moto accepts redrive allow policies but does not return them, and Terraform waits until AWS returns them."""
    original = Queue.attributes.fget

    def attributes(queue: Queue) -> dict[str, Any]:
        policy = getattr(queue, "redrive_allow_policy", None)
        return original(queue) | ({"RedriveAllowPolicy": policy} if policy else {})

    Queue.attributes = property(attributes)
    Queue.FIFO_ATTRIBUTES = [*Queue.FIFO_ATTRIBUTES, "RedriveAllowPolicy"]  # a name that standard queues may lack


def leave_messages_to_the_check() -> None:
    """moto tries to run the functions of event source mappings with Docker, and hides their messages meanwhile."""
    Queue.lambda_event_source_mappings = property(lambda queue: {}, lambda queue, mappings: None)


def keep_queue_policies() -> None:
    """moto deletes the policy of a queue when another attribute is set."""
    set_all = Queue._set_attributes

    def set_attributes(queue: Queue, attributes: dict[str, Any], now: float | None = None) -> None:
        policy = getattr(queue, "_policy_json", None) and queue.policy
        set_all(queue, ({"Policy": policy} if policy else {}) | attributes, now)

    Queue._set_attributes = set_attributes


def return_subscribers_and_tags_of_budgets() -> None:
    def describe_subscribers(request: BudgetsResponse) -> str:
        budget = request.backend.budgets[request._get_param("AccountId")][request._get_param("BudgetName")]
        wanted = request._get_param("Notification")["NotificationType"]
        found = [item.subscribers for item in budget.notifications if item.details["NotificationType"] == wanted]
        return json.dumps({"Subscribers": found[0] if found else []})

    BudgetsResponse.describe_subscribers_for_notification = describe_subscribers
    BudgetsResponse.list_tags_for_resource = lambda _: json.dumps({"ResourceTags": []})


def return_tags_of_scaling_targets() -> None:
    ApplicationAutoScalingResponse.list_tags_for_resource = lambda _: json.dumps({"Tags": {}})
    ApplicationAutoScalingResponse.tag_resource = lambda _: "{}"


def ignore_conditional_bucket_statements() -> None:
    """moto ignores conditions, so a statement that denies requests without TLS would deny every request."""

    def permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
        document = json.loads(bucket.policy or b'{"Statement": []}')
        document["Statement"] = [statement for statement in document["Statement"] if "Condition" not in statement]
        if not document["Statement"]:
            return PermissionResult.NEUTRAL
        return IAMPolicy(json.dumps(document)).is_action_permitted(action, resource)

    FakeBucket.get_permission = permission


if __name__ == "__main__":
    return_redrive_allow_policies()
    keep_queue_policies()
    leave_messages_to_the_check()
    return_subscribers_and_tags_of_budgets()
    return_tags_of_scaling_targets()
    ignore_conditional_bucket_statements()
    main(["-H", "127.0.0.1", "-p", sys.argv[1]])
