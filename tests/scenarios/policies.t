# Admission policies: one that denies, one that warns, one that changes what is written, and what types find wrong with one.
$ kubectl apply -f - <<'EOF'
> apiVersion: admissionregistration.k8s.io/v1
> kind: ValidatingAdmissionPolicy
> metadata: {name: few-replicas}
> spec:
>   failurePolicy: Fail
>   paramKind: {apiVersion: v1, kind: ConfigMap}
>   matchConstraints:
>     resourceRules:
>     - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}
>   variables:
>   - {name: most, expression: "int(params.data.replicas)"}
>   validations:
>   - expression: object.spec.replicas <= variables.most
>     messageExpression: "'at most ' + string(variables.most) + ' replicas'"
>   - expression: has(object.metadata.labels) && 'team' in object.metadata.labels
>     message: a deployment belongs to a team
>     reason: Forbidden
> ---
> apiVersion: admissionregistration.k8s.io/v1
> kind: ValidatingAdmissionPolicyBinding
> metadata: {name: few-replicas}
> spec:
>   policyName: few-replicas
>   validationActions: [Deny]
>   paramRef: {name: limits, parameterNotFoundAction: Deny}
>   matchResources: {namespaceSelector: {matchLabels: {policies: strict}}}
> EOF
validatingadmissionpolicy.admissionregistration.k8s.io/few-replicas created
validatingadmissionpolicybinding.admissionregistration.k8s.io/few-replicas created
$ kubectl create deployment web --image=nginx --replicas=4
deployment.apps/web created
$ kubectl label namespace t-policies policies=strict
namespace/t-policies labeled
$ kubectl scale deployment web --replicas=3
deployment.apps/web scaled
$ kubectl label deployment web team=sky
The deployments "web" is invalid: : ValidatingAdmissionPolicy 'few-replicas' with binding 'few-replicas' denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction
[exit 1]
$ kubectl create configmap limits --from-literal=replicas=2
configmap/limits created
$ kubectl label deployment web team=sky
The deployments "web" is invalid: : ValidatingAdmissionPolicy 'few-replicas' with binding 'few-replicas' denied request: at most 2 replicas
[exit 1]
$ kubectl patch deployment web -p '{"spec":{"replicas":2}}'
Error from server (Forbidden): deployments.apps "web" is forbidden: ValidatingAdmissionPolicy 'few-replicas' with binding 'few-replicas' denied request: a deployment belongs to a team
[exit 1]
$ kubectl patch deployment web -p '{"spec":{"replicas":2},"metadata":{"labels":{"team":"sky"}}}'
deployment.apps/web patched
$ kubectl create deployment other --image=nginx
error: failed to create deployment: deployments.apps "other" is forbidden: ValidatingAdmissionPolicy 'few-replicas' with binding 'few-replicas' denied request: a deployment belongs to a team
[exit 1]
$ kubectl get validatingadmissionpolicies,validatingadmissionpolicybindings
NAME                                                                  VALIDATIONS   PARAMKIND      AGE
validatingadmissionpolicy.admissionregistration.k8s.io/few-replicas   2             v1/ConfigMap   3s

NAME                                                                         POLICYNAME     PARAMREF   AGE
validatingadmissionpolicybinding.admissionregistration.k8s.io/few-replicas   few-replicas   */limits   3s
$ kubectl patch validatingadmissionpolicybinding few-replicas --type=merge -p '{"spec":{"validationActions":["Warn"]}}'
validatingadmissionpolicybinding.admissionregistration.k8s.io/few-replicas patched
$ kubectl create deployment other --image=nginx
Warning: Validation failed for ValidatingAdmissionPolicy 'few-replicas' with binding 'few-replicas': a deployment belongs to a team
deployment.apps/other created
$ kubectl apply -f - <<'EOF'
> apiVersion: admissionregistration.k8s.io/v1
> kind: ValidatingAdmissionPolicy
> metadata: {name: mistaken}
> spec:
>   matchConstraints:
>     resourceRules:
>     - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}
>   validations:
>   - {expression: "object.spec.replica > 1 || request.wings"}
> EOF
The ValidatingAdmissionPolicy "mistaken" is invalid: spec.validations[0].expression: Invalid value: "object.spec.replica > 1 || request.wings": compilation failed: ERROR: <input>:1:35: undefined field 'wings'
 | object.spec.replica > 1 || request.wings
 | ..................................^
[exit 1]
$ kubectl apply -f - <<'EOF'
> apiVersion: admissionregistration.k8s.io/v1
> kind: ValidatingAdmissionPolicy
> metadata: {name: mistaken}
> spec:
>   matchConstraints:
>     resourceRules:
>     - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}
>   validations:
>   - {expression: "object.spec.replica > 1"}
> EOF
validatingadmissionpolicy.admissionregistration.k8s.io/mistaken created
$ sleep 1
$ kubectl get validatingadmissionpolicy mistaken -o jsonpath='{.status.observedGeneration}{"\n"}{.status.typeChecking.expressionWarnings[0].warning}'
1
apps/v1, Kind=Deployment: ERROR: <input>:1:12: undefined field 'replica'
 | object.spec.replica > 1
 | ...........^
$ kubectl get validatingadmissionpolicy few-replicas -o jsonpath='{.status}{"\n"}'
{"observedGeneration":1,"typeChecking":{}}
$ kubectl apply -f - <<'EOF'
> apiVersion: admissionregistration.k8s.io/v1
> kind: MutatingAdmissionPolicy
> metadata: {name: sidecar}
> spec:
>   reinvocationPolicy: IfNeeded
>   matchConstraints:
>     resourceRules:
>     - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
>   matchConditions:
>   - {name: wanted, expression: "object.metadata.?annotations['sidecar'].orValue('') == 'yes'"}
>   - {name: once, expression: "!object.spec.containers.exists(c, c.name == 'side')"}
>   mutations:
>   - patchType: ApplyConfiguration
>     applyConfiguration:
>       expression: >-
>         Object{spec: Object.spec{containers: [Object.spec.containers{name: "side", image: "busybox"}]}}
>   - patchType: JSONPatch
>     jsonPatch:
>       expression: >-
>         [JSONPatch{op: "add", path: "/metadata/annotations/" + jsonpatch.escapeKey("example.com/by"), value: request.userInfo.username}]
> ---
> apiVersion: admissionregistration.k8s.io/v1
> kind: MutatingAdmissionPolicyBinding
> metadata: {name: sidecar}
> spec: {policyName: sidecar}
> EOF
mutatingadmissionpolicy.admissionregistration.k8s.io/sidecar created
mutatingadmissionpolicybinding.admissionregistration.k8s.io/sidecar created
$ kubectl run one --image=nginx --annotations=sidecar=yes
pod/one created
$ kubectl run two --image=nginx
pod/two created
$ kubectl get pods one two -o jsonpath='{range .items[*]}{.metadata.name}: {.spec.containers[*].name} {.metadata.annotations}{"\n"}{end}'
one: one side {"example.com/by":"kubernetes-admin","sidecar":"yes"}
two: two 
$ kubectl delete validatingadmissionpolicy few-replicas mistaken
validatingadmissionpolicy.admissionregistration.k8s.io "few-replicas" deleted
validatingadmissionpolicy.admissionregistration.k8s.io "mistaken" deleted
$ kubectl delete mutatingadmissionpolicy/sidecar
mutatingadmissionpolicy.admissionregistration.k8s.io "sidecar" deleted
$ kubectl create deployment free --image=nginx --replicas=9
deployment.apps/free created
