# Who serves which version of a group: this server what is built in and what definitions make, others what services lead to. In the
# page nothing lies beyond the cluster, and no simulated pod speaks TLS.
$ kubectl get apiservices
NAME                              SERVICE   AVAILABLE   AGE
v1.                               Local     True        6s
v1.admissionregistration.k8s.io   Local     True        6s
v1.apiextensions.k8s.io           Local     True        6s
v1.apps                           Local     True        6s
v1.authentication.k8s.io          Local     True        6s
v1.authorization.k8s.io           Local     True        6s
v1.autoscaling                    Local     True        6s
v1.batch                          Local     True        6s
v1.certificates.k8s.io            Local     True        6s
v1.coordination.k8s.io            Local     True        6s
v1.discovery.k8s.io               Local     True        6s
v1.events.k8s.io                  Local     True        6s
v1.flowcontrol.apiserver.k8s.io   Local     True        6s
v1.networking.k8s.io              Local     True        6s
v1.node.k8s.io                    Local     True        6s
v1.policy                         Local     True        6s
v1.rbac.authorization.k8s.io      Local     True        6s
v1.resource.k8s.io                Local     True        6s
v1.scheduling.k8s.io              Local     True        6s
v1.storage.k8s.io                 Local     True        6s
v2.autoscaling                    Local     True        6s
$ kubectl get apiservice v1.apps -o jsonpath='{.metadata.labels} {.spec} {.status.conditions[0].message}'
{"kube-aggregator.kubernetes.io/automanaged":"onstart"} {"group":"apps","groupPriorityMinimum":17800,"version":"v1","versionPriority":15} Local APIServices are always available
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
customresourcedefinition.apiextensions.k8s.io/kites.example.com created
@advance 1s
$ kubectl get apiservices -l kube-aggregator.kubernetes.io/automanaged=true
NAME                  SERVICE   AVAILABLE   AGE
v1.example.com        Local     True        1s
v2beta1.example.com   Local     True        1s
$ kubectl patch crd kites.example.com --type=json -p '[{"op": "replace", "path": "/spec/versions/1/served", "value": false}]'
customresourcedefinition.apiextensions.k8s.io/kites.example.com patched
$ kubectl get apiservices -l kube-aggregator.kubernetes.io/automanaged=true
NAME             SERVICE   AVAILABLE   AGE
v1.example.com   Local     True        2s
$ kubectl delete apiservice v1.example.com
apiservice.apiregistration.k8s.io "v1.example.com" deleted
@advance 1s
$ kubectl get apiservice v1.example.com
NAME             SERVICE   AVAILABLE   AGE
v1.example.com   Local     True        1s
$ kubectl delete crd kites.example.com
customresourcedefinition.apiextensions.k8s.io "kites.example.com" deleted
@advance 2s
$ kubectl get apiservices -l kube-aggregator.kubernetes.io/automanaged=true
No resources found
$ kubectl apply -f - <<'EOF'
> apiVersion: apiregistration.k8s.io/v1
> kind: APIService
> metadata: {name: v1.wardle.example.com}
> spec: {group: wardle.example.com, version: v1, groupPriorityMinimum: 1000, versionPriority: 15, service: {namespace: t-apiservices, name: wardle}}
> EOF
apiservice.apiregistration.k8s.io/v1.wardle.example.com created
$ kubectl get apiservice v1.wardle.example.com
NAME                    SERVICE                AVAILABLE                 AGE
v1.wardle.example.com   t-apiservices/wardle   False (ServiceNotFound)   0s
$ kubectl get apiservice v1.wardle.example.com -o jsonpath='{.status.conditions[0].message}{"\n"}'
service/wardle in "t-apiservices" is not present
$ kubectl create deployment wardle --image=nginx
deployment.apps/wardle created
$ kubectl expose deployment wardle --port=8443
service/wardle exposed
@advance 10s
$ kubectl get apiservice v1.wardle.example.com -o jsonpath='{.status.conditions[0].message}{"\n"}'
service/wardle in "t-apiservices" is not listening on port 443
$ kubectl delete service wardle
service "wardle" deleted from t-apiservices namespace
$ kubectl expose deployment wardle --port=443 --target-port=80
service/wardle exposed
@advance 10s
$ kubectl get apiservice v1.wardle.example.com -o jsonpath='{.status.conditions[0].message}{"\n"}' | sed 's/[0-9.]*:443/IP:443/g; s/tcp [0-9.]*/tcp POD/'
failing or missing response from https://IP:443/apis/wardle.example.com/v1: Get "https://IP:443/apis/wardle.example.com/v1": dial tcp POD:80: connect: connection refused
$ kubectl get apiservice v1.wardle.example.com
NAME                    SERVICE                AVAILABLE                      AGE
v1.wardle.example.com   t-apiservices/wardle   False (FailedDiscoveryCheck)   23s
$ kubectl get --raw /apis/wardle.example.com/v1
Error from server (ServiceUnavailable): the server is currently unable to handle the request
[exit 1]
$ kubectl get --raw /apis/wardle.example.com | jq -c .versions
[{"groupVersion":"wardle.example.com/v1","version":"v1"}]
$ kubectl apply -f - <<'EOF'
> apiVersion: apiregistration.k8s.io/v1
> kind: APIService
> metadata: {name: v2.wardle.example.com}
> spec: {group: wardle.example.com, version: v1, groupPriorityMinimum: 1000, versionPriority: 15, caBundle: YQ==, insecureSkipTLSVerify: true, service: {namespace: t-apiservices, name: wardle}}
> EOF
The APIService "v2.wardle.example.com" is invalid: 
* metadata.name: Invalid value: "v2.wardle.example.com": must be `spec.version+"."+spec.group`: "v1.wardle.example.com"
* spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present
[exit 1]
$ kubectl delete apiservice v1.wardle.example.com
apiservice.apiregistration.k8s.io "v1.wardle.example.com" deleted
$ kubectl get --raw /apis/wardle.example.com/v1
Error from server (NotFound): the server could not find the requested resource
[exit 1]
