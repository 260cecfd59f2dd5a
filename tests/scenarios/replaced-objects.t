# A PUT that names another object than the stored one: the UID is asked for first, whatever else is wrong with it.
$ kubectl create configmap a --from-literal=k=v
configmap/a created
$ echo '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","uid":"other"}}' | kubectl replace --raw /api/v1/namespaces/t-replaced-objects/configmaps/a -f - 2>&1 | sed -E 's/[0-9a-f-]{36}/.../'
Error from server (Conflict): Operation cannot be fulfilled on configmaps "a": StorageError: invalid object, Code: 4, Key: /registry/configmaps/t-replaced-objects/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: other, UID in object meta: ...
$ echo '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","uid":"other","resourceVersion":"x"}}' | kubectl replace --raw '/api/v1/namespaces/t-replaced-objects/configmaps/a?dryRun=All' -f - 2>&1 | sed -E 's/[0-9a-f-]{36}/.../'
Error from server (Conflict): Operation cannot be fulfilled on configmaps "a": StorageError: invalid object, Code: 4, Key: /configmaps/t-replaced-objects/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: other, UID in object meta: ...
$ echo '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","resourceVersion":"+1"}}' | kubectl replace --raw /api/v1/namespaces/t-replaced-objects/configmaps/a -f - 2>&1 | sed -E 's/[0-9a-f-]{36}/.../'
Error from server: strconv.ParseUint: parsing "+1": invalid syntax
# What is not there has no UID; kinds that are made by a PUT are asked for it, too.
$ echo '{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"none","uid":"other"}}' | kubectl replace --raw /apis/coordination.k8s.io/v1/namespaces/t-replaced-objects/leases/none -f - 2>&1 | sed -E 's/[0-9a-f-]{36}/.../'
Error from server (Conflict): Operation cannot be fulfilled on leases.coordination.k8s.io "none": StorageError: invalid object, Code: 4, Key: /registry/leases/t-replaced-objects/none, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: other, UID in object meta: 
$ echo '{"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","addressType":"IPv4","endpoints":[],"metadata":{"name":"none","uid":"other"}}' | kubectl replace --raw /apis/discovery.k8s.io/v1/namespaces/t-replaced-objects/endpointslices/none -f - 2>&1 | sed -E 's/[0-9a-f-]{36}/.../'
Error from server (NotFound): endpointslices.discovery.k8s.io "none" not found
# Owners that are named twice are kept once, before admission and after it.
$ kubectl create configmap b
configmap/b created
$ owner=$(kubectl get cm a -o json | jq -c '{apiVersion,kind,name:.metadata.name,uid:.metadata.uid}'); kubectl patch cm b --type=merge -p "{\"metadata\":{\"ownerReferences\":[$owner,$owner]}}" 2>&1 | sed -E 's/[0-9a-f-]{36}/UID/'
Warning: .metadata.ownerReferences contains duplicate entries after mutating admission happens; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: UID
configmap/b patched
$ owner=$(kubectl get cm a -o json | jq -c '{apiVersion,kind,name:.metadata.name,uid:.metadata.uid}'); echo "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"b\",\"ownerReferences\":[$owner,$owner]}}" | kubectl replace --raw /api/v1/namespaces/t-replaced-objects/configmaps/b -f - 2>&1 | grep -o 'Warning.*observed'
Warning: .metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed
$ kubectl get cm b -o jsonpath='{.metadata.ownerReferences[*].name}'
a
# A patch by strategic merge says what it cannot turn into what.
$ kubectl create deployment d --image=nginx
deployment.apps/d created
$ kubectl patch deployment d -p '{"spec":{"replicas":1.5}}'
The request is invalid: patch: Invalid value: "map[spec:map[replicas:1.5]]": cannot convert float64 to int32
[exit 1]
