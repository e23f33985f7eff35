"""Compare the queues, the table and the bucket notification that Terraform makes with those of the local stack."""

from __future__ import annotations

import json
from typing import Any

from scripts.apply_check.processes import CheckError, Processes, moto
from syncline.aws import clients
from syncline.aws.settings import Settings
from syncline.local import stack
from syncline.local.provision import provision
from syncline.local.stack import in_environment

QUEUES = (
    "ingest_queue", "live_queue", "bulk_queue", "ingest_dead_letters", "live_dead_letters", "bulk_dead_letters",
)  # fmt: skip


def compare_with_local_stack(processes: Processes, environment: dict[str, str]) -> None:
    deployed = Settings(
        bucket=environment["SYNCLINE_BUCKET"],
        table=environment["SYNCLINE_TABLE"],
        **{name: environment[f"SYNCLINE_{name.upper()}"] for name in QUEUES},
    )
    made = describe(deployed)
    with in_environment(moto(processes, "local-moto", "syncline.local.moto_server", stack.REGION)):
        expected = describe(provision(Settings()))
    for queue in ("live_queue", "bulk_queue"):
        # With the aligning function these queues hide messages for as long as the function may run.
        expected[queue]["visibility"] = _align_timeout()
    for name, value in expected.items():
        if made[name] != value:
            raise CheckError(f"{name}: Terraform makes {made[name]}, the local stack {value}.")
    print(f"ok: the same as in the local stack: {', '.join(expected)}", flush=True)


def _align_timeout() -> str:
    return str(clients.client("lambda").get_function_configuration(FunctionName="syncline-align")["Timeout"])


def describe(settings: Settings) -> dict[str, Any]:
    """The properties that must be equal; account, region and endpoint differ by nature."""
    queues = {name: _queue(getattr(settings, name), name) for name in QUEUES}
    return {"table": _table(settings), "notification": _notification(settings)} | queues


def _queue(url: str, name: str) -> dict[str, Any]:
    attributes = clients.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    described = {"name": url.rpartition("/")[2], "retention": attributes["MessageRetentionPeriod"]}
    if name.endswith("_queue"):
        redrive = json.loads(attributes["RedrivePolicy"])
        described["visibility"] = attributes["VisibilityTimeout"]
        described["receives"] = str(redrive["maxReceiveCount"])
        described["dead letters"] = redrive["deadLetterTargetArn"].rpartition(":")[2]
    return described


def _table(settings: Settings) -> dict[str, Any]:
    table = clients.client("dynamodb").describe_table(TableName=settings.need("table"))["Table"]
    return {
        "name": table["TableName"],
        "keys": table["KeySchema"],
        "attributes": sorted((item["AttributeName"], item["AttributeType"]) for item in table["AttributeDefinitions"]),
        "indexes": sorted(
            (index["IndexName"], index["KeySchema"], index["Projection"]) for index in table["GlobalSecondaryIndexes"]
        ),
        "billing": table["BillingModeSummary"]["BillingMode"],
    }


def _notification(settings: Settings) -> list[Any]:
    found = clients.client("s3").get_bucket_notification_configuration(Bucket=settings.need("bucket"))
    return [
        {
            "events": rule["Events"],
            "queue": rule["QueueArn"].rpartition(":")[2],
            "prefixes": [part["Value"] for part in rule["Filter"]["Key"]["FilterRules"]],
        }
        for rule in found["QueueConfigurations"]
    ]
