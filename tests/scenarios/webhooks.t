# Admission webhooks where none can be called: one that must answer, in a namespace of its own, and one that need not.
$ kubectl create namespace guarded
namespace/guarded created
$ kubectl label namespace guarded hook=yes
namespace/guarded labeled
$ kubectl apply -f - <<'EOF'
> apiVersion: admissionregistration.k8s.io/v1
> kind: ValidatingWebhookConfiguration
> metadata: {name: hook}
> webhooks:
> - name: pods.example.test
>   admissionReviewVersions: [v1]
>   sideEffects: None
>   clientConfig: {service: {namespace: guarded, name: hook, path: /validate}}
>   namespaceSelector: {matchLabels: {hook: "yes"}}
>   rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
> - name: maps.example.test
>   admissionReviewVersions: [v1]
>   sideEffects: None
>   clientConfig: {url: "https://hook.example.test/validate"}
>   matchConditions: [{name: named, expression: "object.metadata.name.startsWith('checked-')"}]
>   rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
> EOF
validatingwebhookconfiguration.admissionregistration.k8s.io/hook created
$ kubectl create configmap checked-one
error: failed to create configmap: Internal error occurred: failed calling webhook "maps.example.test": failed to call webhook: Post "https://hook.example.test/validate?timeout=10s": dial tcp: lookup hook.example.test: no such host
[exit 1]
$ kubectl create configmap one
configmap/one created
$ kubectl run web --image=nginx
pod/web created
$ kubectl run web --image=nginx -n guarded
Error from server (InternalError): Internal error occurred: failed calling webhook "pods.example.test": failed to call webhook: Post "https://hook.guarded.svc:443/validate?timeout=10s": service "hook" not found
[exit 1]
$ kubectl create service clusterip hook --tcp=443:8443 -n guarded
service/hook created
$ kubectl run web --image=nginx -n guarded
Error from server (InternalError): Internal error occurred: failed calling webhook "pods.example.test": failed to call webhook: Post "https://hook.guarded.svc:443/validate?timeout=10s": no endpoints available for service "hook"
[exit 1]
$ kubectl create deployment api --image=nginx -n guarded
deployment.apps/api created
@advance 3s
$ kubectl get deployment,pods -n guarded
NAME                  READY   UP-TO-DATE   AVAILABLE   AGE
deployment.apps/api   0/1     0            0           3s
$ kubectl get events -n guarded -o custom-columns=REASON:.reason,MESSAGE:.message
REASON              MESSAGE
FailedCreate        Error creating: Internal error occurred: failed calling webhook "pods.example.test": failed to call webhook: Post "https://hook.guarded.svc:443/validate?timeout=10s": no endpoints available for service "hook"
ScalingReplicaSet   Scaled up replica set api-6bcdd669f6 from 0 to 1
$ kubectl patch validatingwebhookconfiguration hook --type=json -p '[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Ignore"}]'
validatingwebhookconfiguration.admissionregistration.k8s.io/hook patched
$ kubectl run web --image=nginx -n guarded
pod/web created
@advance 60s
$ kubectl get deployment -n guarded
NAME   READY   UP-TO-DATE   AVAILABLE   AGE
api    1/1     1            1           64s
