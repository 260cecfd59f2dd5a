"""Uses a cluster as programs in Python do, with the `kubernetes` client: python3 client.py KUBECONFIG

Says nothing and ends with 0 where all is as it should be.
"""

import sys
import time

from kubernetes import client, config, dynamic, watch
from kubernetes.client.rest import ApiException
from kubernetes.stream import portforward, stream

NAMESPACE = "default"


def deployment(name: str, replicas: int) -> client.V1Deployment:
    labels = {"app": name}
    container = client.V1Container(name="web", image="nginx:1.27")
    template = client.V1PodTemplateSpec(
        metadata=client.V1ObjectMeta(labels=labels), spec=client.V1PodSpec(containers=[container])
    )
    spec = client.V1DeploymentSpec(
        replicas=replicas, selector=client.V1LabelSelector(match_labels=labels), template=template
    )
    return client.V1Deployment(metadata=client.V1ObjectMeta(name=name), spec=spec)


def running(core: client.CoreV1Api, app: str) -> list[str]:
    pods = core.list_namespaced_pod(NAMESPACE, label_selector=f"app={app}").items
    return [p.metadata.name for p in pods if p.metadata.deletion_timestamp is None and p.status.phase == "Running"]


def workloads(core: client.CoreV1Api) -> str:
    apps = client.AppsV1Api()
    apps.create_namespaced_deployment(NAMESPACE, deployment("web", 2))
    events = watch.Watch()
    for event in events.stream(apps.list_namespaced_deployment, NAMESPACE, timeout_seconds=60):
        if (event["object"].status.ready_replicas or 0) == 2:
            events.stop()
    assert len(running(core, "web")) == 2
    apps.patch_namespaced_deployment_scale("web", NAMESPACE, {"spec": {"replicas": 1}})
    assert apps.read_namespaced_deployment_scale("web", NAMESPACE).spec.replicas == 1
    for _ in range(100):
        if len(running(core, "web")) == 1:
            break
        time.sleep(0.1)
    (pod,) = running(core, "web")
    return pod


def containers(core: client.CoreV1Api, pod: str) -> None:
    assert "nginx" in core.read_namespaced_pod_log(pod, NAMESPACE)
    command = ["sh", "-c", "echo out; echo err >&2; exit 3"]
    session = stream(
        core.connect_get_namespaced_pod_exec, pod, NAMESPACE, command=command,
        stdin=False, stdout=True, stderr=True, tty=False, _preload_content=False,
    )
    session.run_forever(timeout=10)
    assert (session.read_stdout(), session.read_stderr(), session.returncode) == ("out\n", "err\n", 3)
    forwarded = portforward(core.connect_get_namespaced_pod_portforward, pod, NAMESPACE, ports="80")
    socket = forwarded.socket(80)
    socket.setblocking(True)
    socket.sendall(b"GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n")
    assert socket.recv(15) == b"HTTP/1.1 200 OK"
    socket.close()


def dynamics() -> None:
    every = dynamic.DynamicClient(client.ApiClient())
    maps = every.resources.get(api_version="v1", kind="ConfigMap")
    maps.create(body={"metadata": {"name": "one"}, "data": {"a": "b"}}, namespace=NAMESPACE)
    wanted = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}, "data": {"c": "d"}}
    applied = maps.server_side_apply(body=wanted, name="one", namespace=NAMESPACE, field_manager="test")
    assert applied.data.to_dict() == {"a": "b", "c": "d"}
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"n": {"type": "integer"}}}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"plural": "things", "kind": "Thing"}
    spec = {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]}
    definitions = every.resources.get(api_version="apiextensions.k8s.io/v1", kind="CustomResourceDefinition")
    definitions.create(body={"metadata": {"name": "things.example.com"}, "spec": spec})
    for event in definitions.watch(name="things.example.com", timeout=10):
        conditions = (event["raw_object"].get("status") or {}).get("conditions") or []
        if any(c["type"] == "Established" and c["status"] == "True" for c in conditions):
            break
    customs = client.CustomObjectsApi()
    thing = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "one"}, "spec": {"n": 1}}
    at = ("example.com", "v1", NAMESPACE, "things")
    customs.create_namespaced_custom_object(*at, thing)
    assert customs.get_namespaced_custom_object(*at, "one")["spec"] == {"n": 1}
    try:
        customs.create_namespaced_custom_object(*at, {**thing, "metadata": {"name": "two"}, "spec": {"n": "x"}})
        raise AssertionError("a wrong type is refused")
    except ApiException as error:
        assert error.status == 422


def main() -> None:
    config.load_kube_config(sys.argv[1])
    core = client.CoreV1Api()
    assert client.VersionApi().get_code().minor == "36"
    assert len(core.list_node().items) == 4
    pod = workloads(core)
    containers(core, pod)
    dynamics()
    try:
        core.read_namespaced_pod("nobody", NAMESPACE)
        raise AssertionError("it is not there")
    except ApiException as error:
        assert (error.status, error.reason) == (404, "Not Found")


main()
