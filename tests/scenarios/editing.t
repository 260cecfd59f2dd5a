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
# What cannot be read is shown again with the reason, until it is mended.
! printf 'if [ -e broken ]; then grep -e "^# .*valid" -e "^# The edited" "$2"; sed -i "s/^  mode: {/  mode: $1/" "$2"; else touch broken; sed -i "s/^  mode:.*/  mode: {/" "$2"; fi\n' > twice.sh
$ KUBE_EDITOR='sh twice.sh mended' kubectl edit configmap settings
error: configmaps "settings" is invalid
\# configmaps "settings" was not valid:
\# * <nil>: Invalid value: "The edited file failed validation": yaml: line 4: did not find expected ',' or '}'
configmap/settings edited
$ kubectl get configmap settings -o jsonpath='{.data.mode}{"\n"}'
mended
! rm broken
$ KUBE_EDITOR='sh twice.sh again' kubectl edit configmap settings --validate=false
\# The edited file had a syntax error: error parsing edited-file: error converting YAML to JSON: yaml: line 8: did not find expected ',' or '}'
configmap/settings edited
! printf 'if [ -e mended ]; then sed -i "s/^{x,/{/; s/again/live/" "$1"; else touch mended; sed -i "s/^{/{x,/" "$1"; fi\n' > json.sh
$ KUBE_EDITOR='sh json.sh' kubectl edit configmap settings -o json >/dev/null
error: configmaps "settings" is invalid
$ kubectl get configmap settings -o jsonpath='{.data.mode}{"\n"}'
live
! printf ': > "$1"\n' > empty.sh
$ KUBE_EDITOR='sh empty.sh' kubectl edit configmap settings --validate=false
Edit cancelled, saved file was empty.
$ KUBE_EDITOR=false TMPDIR=/root/kept kubectl edit configmap settings 2>&1 | sed 's/[0-9][0-9]*/N/'
error: there was a problem with the editor "false"
$ ls /root/kept | sed 's/[0-9][0-9]*/N/'
kubectl-edit-N.yaml
$ ls /tmp | grep -c kubectl-edit
0
[exit 1]
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
! cat > tls.crt <<'EOF'
> -----BEGIN CERTIFICATE-----
> MIIBcTCCARugAwIBAgIUPdxrRDhZkKNcqUuWCMh6cep1BhUwDQYJKoZIhvcNAQEL
> BQAwDDEKMAgGA1UEAwwBeDAgFw0yNjExMzAxMTIyMDVaGA8yMTI2MTEwNjExMjIw
> NVowDDEKMAgGA1UEAwwBeDBcMA0GCSqGSIb3DQEBAQUAA0sAMEgCQQDRlFjEb6b7
> X61n6wmd3JrBr51rmTtzn9hBMrkWDGvx52ln9js+Lc+8SXryjP6BCn7fHCGx0fzg
> MbgGH/2dcCuzAgMBAAGjUzBRMB0GA1UdDgQWBBRL23FvwAuSxDtrhRaX9h/qEhJY
> DzAfBgNVHSMEGDAWgBRL23FvwAuSxDtrhRaX9h/qEhJYDzAPBgNVHRMBAf8EBTAD
> AQH/MA0GCSqGSIb3DQEBCwUAA0EAjc4rnXXGOPDfuv+2IwJD6cUtuzKPf85ZkHUp
> yeHSZc31BeP++QAJfy56AbcFbUSZ1P76z0uCEQ7daw7E/WSQDw==
> -----END CERTIFICATE-----
> EOF
! cat > tls.key <<'EOF'
> -----BEGIN PRIVATE KEY-----
> MIIBVAIBADANBgkqhkiG9w0BAQEFAASCAT4wggE6AgEAAkEAu/yZf56DTiCfrU8S
> W5nifwOIAZszuMGuoeaGIJlV116G4qFgnb3AEf/yE3azFlWmd2HHCNjEJN+urMQD
> 7JsARwIDAQABAkB5+Gk37odPd8di0X0dxfi5ZHcoY6TpaXF/Rm0cVaDmvSeUNIy2
> /JZ6DmA5/C3ZYtuyBIIFwqqYaHKHy0Qs++JhAiEA4GrlKxFYwSJbGRYG+tds8Ayk
> /rH8mYGXLYP+wQQpjQ8CIQDWcTVSgmei0eXg3+LCPgOFXpAcYfUgAue6DPtG1O/J
> SQIgV48dbtpLyL8A0B7aBlC6/kXQslb7eWEofOe9I83d8F0CIQDBxcJ9MEEdq7Wh
> oi1xgEAGQBDQ1ON/baCfSiO1Oa0DoQIgMs8nahQXMal3fp1ZEJ1VrGLWcfA3fFwg
> tPP/v5/LdEM=
> -----END PRIVATE KEY-----
> EOF
$ kubectl create secret tls site --cert=tls.crt --key=tls.key
error: tls: private key does not match public key
[exit 1]
$ kubectl create secret tls site --cert=two.yaml --key=tls.key
error: tls: failed to find any PEM data in certificate input
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
$ kubectl help nosuch b 2>&1 | head -1
Unknown help topic [`nosuch` `b`]
$ kubectl help create job | tail -1
Use "kubectl options" for a list of global command-line options (applies to all commands).
$ kubectl cluster-info dump --namespaces=t-editing -o jsonpath='{.kind}{"\n"}' | grep -v '^2' | head -3
NodeList
EventList
ReplicationControllerList
