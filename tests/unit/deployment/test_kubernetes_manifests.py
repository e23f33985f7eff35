"""docker/k8s follows the published schemas of Kubernetes, and names that refer to each other match."""

import inspect
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest
import yaml

from syncline.aws import settings
from syncline.cli.translate_server import run_translate_server

FOLDER = Path(__file__).resolve().parents[3] / "docker/k8s"
DOCUMENTS = [
    document
    for path in sorted(FOLDER.glob("*.yaml"))
    if path.name != "kustomization.yaml"
    for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))
]
KUBERNETES_DOCUMENTS = [document for document in DOCUMENTS if not document["apiVersion"].startswith("keda.sh/")]

KEDA_DOCUMENTS = [document for document in DOCUMENTS if document["apiVersion"].startswith("keda.sh/")]


def exactly(required=(), **properties):
    return {"type": "object", "required": list(required), "properties": properties, "additionalProperties": False}


TEXT, COUNT = {"type": "string", "minLength": 1}, {"type": "integer", "minimum": 0}
# The fields of the two kinds that KEDA 2.13 and later document, without those that this project would never use.
KEDA_SPECS = {
    "TriggerAuthentication": exactly(
        podIdentity=exactly(["provider"], provider={"enum": ["aws"]}, roleArn=TEXT, identityOwner=TEXT)
    ),
    "ScaledObject": exactly(
        ["scaleTargetRef", "triggers"],
        scaleTargetRef=exactly(["name"], apiVersion=TEXT, kind=TEXT, name=TEXT, envSourceContainerName=TEXT),
        pollingInterval=COUNT,
        cooldownPeriod=COUNT,
        initialCooldownPeriod=COUNT,
        idleReplicaCount=COUNT,
        minReplicaCount=COUNT,
        maxReplicaCount=COUNT,
        fallback={"type": "object"},
        advanced={"type": "object"},
        triggers={
            "type": "array",
            "items": exactly(
                ["type", "metadata"],
                type={"const": "aws-sqs-queue"},
                name=TEXT,
                useCachedMetrics={"type": "boolean"},
                metricType=TEXT,
                authenticationRef=exactly(["name"], name=TEXT, kind=TEXT),
                metadata=exactly(
                    ["queueURL", "awsRegion"],
                    queueURL=TEXT,
                    awsRegion=TEXT,
                    awsEndpoint=TEXT,
                    queueLength={"type": "string", "pattern": "^[1-9][0-9]*$"},
                    activationQueueLength={"type": "string", "pattern": "^[0-9]+$"},
                    scaleOnInFlight={"enum": ["true", "false"]},
                    scaleOnDelayed={"enum": ["true", "false"]},
                ),
            ),
        },
    ),
}


def named(kind, name):
    [found] = [d for d in DOCUMENTS if (d["kind"], d["metadata"]["name"]) == (kind, name)]
    return found


def deployments():
    return [document for document in DOCUMENTS if document["kind"] == "Deployment"]


def workloads():
    return [*deployments(), named("Job", "fetch-model")]


def containers_of(workload):
    return pod_of(workload)["containers"] + pod_of(workload).get("initContainers", [])


def pod_of(deployment):
    return deployment["spec"]["template"]["spec"]


@pytest.mark.parametrize("version", ["1.31", "1.34"])
@pytest.mark.parametrize("document", KUBERNETES_DOCUMENTS, ids=lambda d: f"{d['kind']}-{d['metadata']['name']}")
def test_every_document_follows_the_published_schema(document, version):
    kubernetes_validate.validate(document, version, strict=True)


def test_the_validator_refuses_a_misspelt_field():
    broken = yaml.safe_load(yaml.safe_dump(named("Deployment", "worker")))
    broken["spec"]["template"]["spec"]["containers"][0]["livenesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, "1.31", strict=True)


@pytest.mark.parametrize("document", KEDA_DOCUMENTS, ids=lambda d: d["kind"])
def test_keda_objects_have_only_known_fields(document):
    jsonschema.validate(document["spec"], KEDA_SPECS[document["kind"]])


@pytest.mark.parametrize("change", [{"minReplicas": 0}, {"pollingInterval": "15"}, {"triggers": None}])
def test_a_misspelt_keda_field_is_refused(change):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**named("ScaledObject", "worker")["spec"], **change}, KEDA_SPECS["ScaledObject"])


def test_a_server_has_enough_time_to_stop():
    pod = pod_of(named("Deployment", "translate-server"))
    [container] = pod["containers"]
    pre_stop = int(container["lifecycle"]["preStop"]["exec"]["command"][-1])
    deadline = inspect.signature(run_translate_server).parameters["deadline_seconds"].default
    assert "--deadline" not in container["args"]
    assert pod["terminationGracePeriodSeconds"] >= pre_stop + deadline + 5


def test_pods_count_their_cores_by_their_limit():
    for deployment in deployments():
        [container] = pod_of(deployment)["containers"]
        assert container["resources"]["limits"]["cpu"] == container["resources"]["requests"]["cpu"]


def test_the_model_that_is_fetched_is_the_one_that_is_used():
    [server] = pod_of(named("Deployment", "translate-server"))["containers"]
    chosen = {
        "translate-server": {variable["name"]: variable["value"] for variable in server["env"]},
        "worker": named("ConfigMap", "worker-environment")["data"],
    }
    [fetch] = pod_of(named("Job", "fetch-model"))["containers"]
    for name, environment in chosen.items():
        [verify] = pod_of(named("Deployment", name))["initContainers"]
        model = settings.read(environment).translation_model
        assert model in fetch["command"]
        assert model in verify["command"]


def test_kustomize_lists_every_file():
    kustomization = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))
    assert set(kustomization["resources"]) == {p.name for p in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}
    used = {container["image"] for workload in workloads() for container in containers_of(workload)}
    assert used == {image["name"] for image in kustomization["images"]}


def test_selectors_match_their_pods():
    labels = named("Deployment", "translate-server")["spec"]["template"]["metadata"]["labels"].items()
    for selector in (
        named("Service", "translate-server")["spec"]["selector"],
        named("PodDisruptionBudget", "translate-server")["spec"]["selector"]["matchLabels"],
        named("Deployment", "translate-server")["spec"]["selector"]["matchLabels"],
    ):
        assert selector.items() <= labels
    worker = named("Deployment", "worker")["spec"]
    assert worker["selector"]["matchLabels"].items() <= worker["template"]["metadata"]["labels"].items()


def test_probes_and_service_name_a_port_that_is_open():
    [container] = pod_of(named("Deployment", "translate-server"))["containers"]
    ports = {port["name"] for port in container["ports"]}
    probes = [container[name] for name in ("startupProbe", "readinessProbe", "livenessProbe")]
    assert {probe["httpGet"]["port"] for probe in probes} <= ports
    assert named("Service", "translate-server")["spec"]["ports"][0]["targetPort"] in ports
    assert str(container["ports"][0]["containerPort"]) in container["args"]


def test_only_the_translation_server_accepts_connections():
    assert named("NetworkPolicy", "deny-ingress")["spec"] == {"podSelector": {}, "policyTypes": ["Ingress"]}
    allowed = named("NetworkPolicy", "translate-server")["spec"]
    deployment = named("Deployment", "translate-server")
    assert allowed["podSelector"]["matchLabels"].items() <= deployment["spec"]["template"]["metadata"]["labels"].items()
    [rule] = allowed["ingress"]
    assert rule["ports"] == [{"port": pod_of(deployment)["containers"][0]["ports"][0]["containerPort"]}]


def test_mounts_match_volumes_and_claims():
    for workload in workloads():
        pod = pod_of(workload)
        volumes = {volume["name"] for volume in pod["volumes"]}
        mounts = {mount["name"] for container in containers_of(workload) for mount in container["volumeMounts"]}
        assert mounts == volumes
        for volume in pod["volumes"]:
            if "persistentVolumeClaim" in volume:
                claim = named("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"])
                assert claim["spec"]["accessModes"] == ["ReadWriteMany"]


def test_only_the_job_may_write_models():
    for workload in workloads():
        mounts = [mount for container in containers_of(workload) for mount in container["volumeMounts"]]
        read_only = {mount.get("readOnly", False) for mount in mounts if mount["name"] == "models"}
        assert read_only == {workload["kind"] != "Job"}


def test_the_worker_gets_settings_that_exist():
    data = named("ConfigMap", "worker-environment")["data"]
    read = settings.read(data)
    assert read.stop_seconds < pod_of(named("Deployment", "worker"))["terminationGracePeriodSeconds"]


def test_the_translation_server_gets_settings_that_exist():
    [container] = pod_of(named("Deployment", "translate-server"))["containers"]
    assert settings.read({variable["name"]: variable["value"] for variable in container["env"]}).models


def test_keda_scales_the_worker_on_the_worker_s_own_queues():
    scaled = named("ScaledObject", "worker")["spec"]
    assert named("Deployment", scaled["scaleTargetRef"]["name"])
    data = named("ConfigMap", "worker-environment")["data"]
    queues = {data["SYNCLINE_LIVE_QUEUE"], data["SYNCLINE_BULK_QUEUE"]}
    assert {trigger["metadata"]["queueURL"] for trigger in scaled["triggers"]} == queues
    for trigger in scaled["triggers"]:
        assert trigger["type"] == "aws-sqs-queue"
        assert trigger["metadata"]["awsRegion"] == data["AWS_REGION"]
        assert all(isinstance(value, str) for value in trigger["metadata"].values())
        assert named("TriggerAuthentication", trigger["authenticationRef"]["name"])


def test_only_the_autoscaler_sets_the_replicas():
    assert all("replicas" not in deployment["spec"] for deployment in deployments())
    assert named("HorizontalPodAutoscaler", "translate-server")["spec"]["scaleTargetRef"]["name"] == "translate-server"


def test_pods_follow_the_restricted_standard():
    for workload in workloads():
        assert pod_of(workload)["securityContext"]["runAsNonRoot"]
        for container in containers_of(workload):
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert not container["securityContext"]["allowPrivilegeEscalation"]
            assert container["resources"]["limits"]["memory"]
