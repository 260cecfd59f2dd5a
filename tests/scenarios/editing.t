# Objects are edited before they are created; what was not changed is not made.
! printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {mode: mock}\n' > settings.yaml
$ KUBE_EDITOR='sed -i s/mock/live/' kubectl create --edit -f settings.yaml
configmap/settings created
$ kubectl get configmap settings -o jsonpath='{.data.mode}{"\n"}'
live
$ KUBE_EDITOR='cat' kubectl create --edit -f settings.yaml
\# Please edit the object below. Lines beginning with a '#' will be ignored,
\# and an empty file will abort the edit. If an error occurs while saving this file will be
\# reopened with the relevant failures.
\#
apiVersion: v1
data:
  mode: mock
kind: ConfigMap
metadata:
  name: settings
  namespace: t-editing
Edit cancelled, no changes made.
# What was applied last is edited by itself; editing the object leaves it alone.
$ kubectl apply edit-last-applied configmap/settings
error: no last-applied-configuration annotation found on resources, to create the annotation, use command `kubectl apply set-last-applied --create-annotation`
[exit 1]
! kubectl delete configmap settings
! kubectl apply -f settings.yaml
$ KUBE_EDITOR='sed -i s/mock/kept/' kubectl apply edit-last-applied configmap/settings
configmap/settings edited
$ kubectl apply view-last-applied configmap/settings
apiVersion: v1
data:
  mode: kept
kind: ConfigMap
metadata:
  annotations: {}
  name: settings
  namespace: t-editing
$ kubectl get configmap settings -o jsonpath='{.data.mode}{"\n"}'
mock
$ KUBE_EDITOR='sed -i s/^\ \ mode:.*/\ \ mode:\ seen/' kubectl edit configmap settings
configmap/settings edited
$ kubectl get configmap settings -o jsonpath='{.data.mode} {.metadata.annotations}{"\n"}'
seen {"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"v1\",\"data\":{\"mode\":\"kept\"},\"kind\":\"ConfigMap\",\"metadata\":{\"annotations\":{},\"name\":\"settings\",\"namespace\":\"t-editing\"}}\n"}
# Ports of a pod without labels are exposed where a selector is given.
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: Pod
> metadata: {name: store}
> spec: {containers: [{name: c, image: "nginx:1.27", ports: [{containerPort: 2380}, {containerPort: 2379}]}]}
> EOF
pod/store created
$ kubectl expose pod store --selector=app=store
service/store exposed
$ kubectl get service store -o jsonpath='{.spec.ports[*].name} {.spec.ports[*].port}{"\n"}'
port-1 port-2 2380 2379
# Words that name no resource, keys that fit no certificate, and files of which one is none.
$ kubectl get pods,
error: the server doesn't have a resource type ""
[exit 1]
$ kubectl get pods.v1
error: the server doesn't have a resource type "pods"
[exit 1]
! printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n---\napiVersion: example.com/v1\nkind: Bogus\nmetadata: {name: x}\n' > two.yaml
$ kubectl create -f two.yaml
Error from server (AlreadyExists): error when creating "two.yaml": configmaps "settings" already exists
resource mapping not found for name: "x" namespace: "" from "two.yaml": no matches for kind "Bogus" in version "example.com/v1"
ensure CRDs are installed first
[exit 1]
# What upstream decodes into its structs is shown with all of them.
! printf 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: nginx, image: "nginx:1.26"}]}\n' > web.yaml
$ kubectl set image -f web.yaml nginx=nginx:1.27 --local -o yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels:
      app: web
  strategy: {}
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - image: nginx:1.27
        name: nginx
        resources: {}
status: {}
# A list in pieces is watched as one.
$ kubectl get configmaps --chunk-size=1 --watch --request-timeout=1s --no-headers | awk '{print $1}'
kube-root-ca.crt
settings
# Help is a command, too.
$ kubectl help nosuch 2>&1 | head -1
Unknown help topic [`nosuch`]
$ kubectl help create job | tail -1
Use "kubectl options" for a list of global command-line options (applies to all commands).
$ kubectl cluster-info dump --namespaces=t-editing -o jsonpath='{.kind}{"\n"}' | grep -v '^2' | head -3
NodeList
EventList
ReplicationControllerList
