$ kubectl create ns t-namespaces-b-x -o yaml | grep -vE 'uid|Time|resourceVersion'
apiVersion: v1
kind: Namespace
metadata:
  labels:
    kubernetes.io/metadata.name: t-namespaces-b-x
  name: t-namespaces-b-x
spec:
  finalizers:
  - kubernetes
status:
  phase: Active
$ kubectl create ns t-namespaces-b-x --dry-run=server
Error from server (AlreadyExists): namespaces "t-namespaces-b-x" already exists
[exit 1]
$ kubectl create ns -o name --dry-run=client a b
error: exactly one NAME is required, got 2
See 'kubectl create namespace -h' for help and examples
[exit 1]
$ kubectl create ns
error: exactly one NAME is required, got 0
See 'kubectl create namespace -h' for help and examples
[exit 1]
$ kubectl create ns $(printf 'x%.0s' $(seq 64))
The Namespace "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" is invalid: 
* metadata.name: Invalid value: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx": must be no more than 63 characters
* metadata.labels: Invalid value: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx": must be no more than 63 bytes
[exit 1]
$ kubectl create cm c -n t-namespaces-b-x --from-literal=a=b
configmap/c created
$ kubectl patch cm c -n t-namespaces-b-x -p '{"metadata":{"finalizers":["x.test/f"]}}'
configmap/c patched
$ kubectl delete ns t-namespaces-b-x --wait=false
namespace "t-namespaces-b-x" deleted
! sleep 3
$ kubectl get ns t-namespaces-b-x
NAME               STATUS        AGE
t-namespaces-b-x   Terminating   5s
$ kubectl get ns t-namespaces-b-x -o jsonpath='{range .status.conditions[*]}{.type} {.status} {.reason} {.message}{"\n"}{end}'
$ kubectl describe ns t-namespaces-b-x | grep -v Labels
Name:         t-namespaces-b-x
Annotations:  <none>
Status:       Terminating

No resource quota.

No LimitRange resource.
$ kubectl create cm late -n t-namespaces-b-x --from-literal=a=b
error: failed to create configmap: configmaps "late" is forbidden: unable to create new content in namespace t-namespaces-b-x because it is being terminated
[exit 1]
$ kubectl run late -n t-namespaces-b-x --image=nginx
Error from server (Forbidden): pods "late" is forbidden: unable to create new content in namespace t-namespaces-b-x because it is being terminated
[exit 1]
$ kubectl delete ns t-namespaces-b-x --wait=false
namespace "t-namespaces-b-x" deleted
$ kubectl patch ns t-namespaces-b-x -p '{"spec":{"finalizers":null}}'
namespace/t-namespaces-b-x patched (no change)
! kubectl get cm -n t-namespaces-b-x
$ kubectl patch cm c -n t-namespaces-b-x -p '{"metadata":{"finalizers":null}}'
configmap/c patched
$ kubectl wait --for=delete ns/t-namespaces-b-x --timeout=30s
namespace/t-namespaces-b-x condition met
$ kubectl get ns t-namespaces-b-x
Error from server (NotFound): namespaces "t-namespaces-b-x" not found
[exit 1]
$ kubectl delete ns t-namespaces-b-x
Error from server (NotFound): namespaces "t-namespaces-b-x" not found
[exit 1]
$ kubectl delete ns kube-public kube-node-lease
namespace "kube-node-lease" deleted
Error from server (Forbidden): namespaces "kube-public" is forbidden: this namespace may not be deleted
[exit 1]
$ kubectl get ns -o name | grep -E 'kube|default'
namespace/default
namespace/kube-node-lease
namespace/kube-public
namespace/kube-system
$ kubectl get ns default -o wide --no-headers | awk '{print $1,$2}'
default Active
$ kubectl get ns default --show-labels --no-headers | awk '{print $1,$2,$4}'
default Active kubernetes.io/metadata.name=default
$ kubectl get ns kube-system -o json | jq -c '.spec,.status'
{"finalizers":["kubernetes"]}
{"phase":"Active"}
$ kubectl get ns --field-selector status.phase=Active -o name | grep -c kube
2
$ kubectl get ns --field-selector metadata.name=default -o name
namespace/default
$ kubectl label ns $NS pod-security.kubernetes.io/enforce=restricted
namespace/t-namespaces-b labeled
$ kubectl run p --image=nginx
Error from server (Forbidden): pods "p" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "p" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "p" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "p" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "p" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")
[exit 1]
$ kubectl label ns $NS pod-security.kubernetes.io/enforce=baseline --overwrite
namespace/t-namespaces-b labeled
$ kubectl run p --image=nginx --privileged --dry-run=server
Error from server (Forbidden): pods "p" is forbidden: violates PodSecurity "baseline:latest": privileged (container "p" must not set securityContext.privileged=true)
[exit 1]
$ kubectl run h --image=nginx --overrides='{"spec":{"hostNetwork":true,"containers":[{"name":"c","image":"x","ports":[{"containerPort":80,"hostPort":80}]}]}}'
Error from server (Forbidden): pods "h" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true), hostPort (container "c" uses hostPort 80)
[exit 1]
$ kubectl label ns $NS pod-security.kubernetes.io/enforce- pod-security.kubernetes.io/warn=restricted
namespace/t-namespaces-b modified
$ kubectl create deployment d --image=nginx
Warning: would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "nginx" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "nginx" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "nginx" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "nginx" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")
deployment.apps/d created
$ kubectl run w --image=nginx
Warning: would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "w" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "w" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "w" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "w" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")
pod/w created
$ kubectl label ns $NS pod-security.kubernetes.io/enforce=wild
The Namespace "t-namespaces-b" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "wild": must be one of privileged, baseline, restricted
[exit 1]
$ kubectl label ns $NS pod-security.kubernetes.io/enforce-version=v1.0x
The Namespace "t-namespaces-b" is invalid: metadata.labels[pod-security.kubernetes.io/enforce-version]: Invalid value: "v1.0x": must be "latest" or "v1.x"
[exit 1]
$ kubectl label ns $NS pod-security.kubernetes.io/enforce=restricted --overwrite
Warning: existing pods in namespace "t-namespaces-b" violate the new PodSecurity enforce level "restricted:latest"
Warning: d-54c6d8c84-c64vx (and 1 other pod): allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile
namespace/t-namespaces-b labeled
$ kubectl config get-contexts --no-headers | awk '{print $1,$NF}'
* t-namespaces-b
! kubectl config current-context
! kubectl config get-contexts -o name
$ kubectl config use-context none
error: no context exists with the name: "none"
[exit 1]
! kubectl config get-clusters
! kubectl config get-users
$ kubectl config set-context other --namespace=zzz
Context "other" created.
$ kubectl config rename-context other third
Context "other" renamed to "third".
! kubectl config delete-context third
! kubectl config delete-context third
! kubectl config view -o jsonpath='{.contexts[*].name}{"\n"}'
$ kubectl config set users.x.token abc
Property "users.x.token" set.
$ kubectl config view -o jsonpath='{.users[?(@.name=="x")].user.token}{"\n"}'
REDACTED
$ kubectl config unset users.x
Property "users.x" unset.
! kubectl config set-cluster c --server=https://x.test
! kubectl config delete-cluster c
! kubectl config set-credentials u --username=a --password=b
! kubectl config delete-user u
! kubectl config use-context
