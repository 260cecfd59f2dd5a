# Who serves which version of a group: this server what is built in and what definitions make, others what services lead to. In the
# page nothing lies beyond the cluster, and no simulated pod speaks TLS.
$ kubectl get apiservices
$ kubectl get apiservice v1.apps -o jsonpath='{.metadata.labels} {.spec} {.status.conditions[0].message}'
$ kubectl create -f - <<'EOF'
> apiVersion: apiextensions.k8s.io/v1
> kind: CustomResourceDefinition
> metadata: {name: kites.example.com}
> spec:
>   group: example.com
>   scope: Namespaced
>   names: {plural: kites, singular: kite, kind: Kite}
>   versions:
>   - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
>   - {name: v2beta1, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}
> EOF
@advance 1s
$ kubectl get apiservices -l kube-aggregator.kubernetes.io/automanaged=true
$ kubectl patch crd kites.example.com --type=json -p '[{"op": "replace", "path": "/spec/versions/1/served", "value": false}]'
$ kubectl get apiservices -l kube-aggregator.kubernetes.io/automanaged=true
$ kubectl delete apiservice v1.example.com
@advance 1s
$ kubectl get apiservice v1.example.com
$ kubectl delete crd kites.example.com
@advance 2s
$ kubectl get apiservices -l kube-aggregator.kubernetes.io/automanaged=true
$ kubectl apply -f - <<'EOF'
> apiVersion: apiregistration.k8s.io/v1
> kind: APIService
> metadata: {name: v1.wardle.example.com}
> spec: {group: wardle.example.com, version: v1, groupPriorityMinimum: 1000, versionPriority: 15, service: {namespace: t-apiservices, name: wardle}}
> EOF
$ kubectl get apiservice v1.wardle.example.com
$ kubectl get apiservice v1.wardle.example.com -o jsonpath='{.status.conditions[0].message}{"\n"}'
$ kubectl create deployment wardle --image=nginx
$ kubectl expose deployment wardle --port=8443
@advance 10s
$ kubectl get apiservice v1.wardle.example.com -o jsonpath='{.status.conditions[0].message}{"\n"}'
$ kubectl delete service wardle
$ kubectl expose deployment wardle --port=443 --target-port=80
@advance 10s
$ kubectl get apiservice v1.wardle.example.com -o jsonpath='{.status.conditions[0].message}{"\n"}' | sed 's/[0-9.]*:443/IP:443/g; s/tcp [0-9.]*/tcp POD/'
$ kubectl get apiservice v1.wardle.example.com
$ kubectl get --raw /apis/wardle.example.com/v1
$ kubectl get --raw /apis/wardle.example.com | jq -c .versions
$ kubectl apply -f - <<'EOF'
> apiVersion: apiregistration.k8s.io/v1
> kind: APIService
> metadata: {name: v2.wardle.example.com}
> spec: {group: wardle.example.com, version: v1, groupPriorityMinimum: 1000, versionPriority: 15, caBundle: YQ==, insecureSkipTLSVerify: true, service: {namespace: t-apiservices, name: wardle}}
> EOF
$ kubectl delete apiservice v1.wardle.example.com
$ kubectl get --raw /apis/wardle.example.com/v1
