# Admission webhooks where none can be called: one that must answer, in a namespace of its own, and one that need not.
$ kubectl create namespace guarded
$ kubectl label namespace guarded hook=yes
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
$ kubectl create configmap checked-one
$ kubectl create configmap one
$ kubectl run web --image=nginx
$ kubectl run web --image=nginx -n guarded
$ kubectl create deployment hook --image=nginx --port=8443 -n default
$ kubectl create service clusterip hook --tcp=443:8443 -n guarded
$ kubectl run web --image=nginx -n guarded
$ kubectl create deployment api --image=nginx -n guarded
@advance 3s
$ kubectl get deployment,pods -n guarded
$ kubectl get events -n guarded -o custom-columns=REASON:.reason,MESSAGE:.message
$ kubectl patch validatingwebhookconfiguration hook --type=json -p '[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Ignore"}]'
$ kubectl run web --image=nginx -n guarded
@advance 60s
$ kubectl get deployment -n guarded
