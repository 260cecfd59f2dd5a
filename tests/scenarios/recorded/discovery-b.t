$ kubectl api-resources --sort-by=name --no-headers | head -20
apiservices                                    apiregistration.k8s.io/v1         false   APIService
bindings                                       v1                                true    Binding
certificatesigningrequests          csr        certificates.k8s.io/v1            false   CertificateSigningRequest
clusterrolebindings                            rbac.authorization.k8s.io/v1      false   ClusterRoleBinding
clusterroles                                   rbac.authorization.k8s.io/v1      false   ClusterRole
componentstatuses                   cs         v1                                false   ComponentStatus
configmaps                          cm         v1                                true    ConfigMap
controllerrevisions                            apps/v1                           true    ControllerRevision
cronjobs                            cj         batch/v1                          true    CronJob
csidrivers                                     storage.k8s.io/v1                 false   CSIDriver
csinodes                                       storage.k8s.io/v1                 false   CSINode
csistoragecapacities                           storage.k8s.io/v1                 true    CSIStorageCapacity
customresourcedefinitions           crd,crds   apiextensions.k8s.io/v1           false   CustomResourceDefinition
daemonsets                          ds         apps/v1                           true    DaemonSet
deployments                         deploy     apps/v1                           true    Deployment
deviceclasses                                  resource.k8s.io/v1                false   DeviceClass
endpoints                           ep         v1                                true    Endpoints
endpointslices                                 discovery.k8s.io/v1               true    EndpointSlice
events                              ev         v1                                true    Event
events                              ev         events.k8s.io/v1                  true    Event
$ kubectl api-resources --sort-by=kind -o name | tail -5
validatingadmissionpolicies.admissionregistration.k8s.io
validatingadmissionpolicybindings.admissionregistration.k8s.io
validatingwebhookconfigurations.admissionregistration.k8s.io
volumeattachments.storage.k8s.io
volumeattributesclasses.storage.k8s.io
$ kubectl api-resources
NAME                                SHORTNAMES   APIVERSION                        NAMESPACED   KIND
bindings                                         v1                                true         Binding
componentstatuses                   cs           v1                                false        ComponentStatus
configmaps                          cm           v1                                true         ConfigMap
endpoints                           ep           v1                                true         Endpoints
events                              ev           v1                                true         Event
limitranges                         limits       v1                                true         LimitRange
namespaces                          ns           v1                                false        Namespace
nodes                               no           v1                                false        Node
persistentvolumeclaims              pvc          v1                                true         PersistentVolumeClaim
persistentvolumes                   pv           v1                                false        PersistentVolume
pods                                po           v1                                true         Pod
podtemplates                                     v1                                true         PodTemplate
replicationcontrollers              rc           v1                                true         ReplicationController
resourcequotas                      quota        v1                                true         ResourceQuota
secrets                                          v1                                true         Secret
serviceaccounts                     sa           v1                                true         ServiceAccount
services                            svc          v1                                true         Service
mutatingadmissionpolicies                        admissionregistration.k8s.io/v1   false        MutatingAdmissionPolicy
mutatingadmissionpolicybindings                  admissionregistration.k8s.io/v1   false        MutatingAdmissionPolicyBinding
mutatingwebhookconfigurations                    admissionregistration.k8s.io/v1   false        MutatingWebhookConfiguration
validatingadmissionpolicies                      admissionregistration.k8s.io/v1   false        ValidatingAdmissionPolicy
validatingadmissionpolicybindings                admissionregistration.k8s.io/v1   false        ValidatingAdmissionPolicyBinding
validatingwebhookconfigurations                  admissionregistration.k8s.io/v1   false        ValidatingWebhookConfiguration
customresourcedefinitions           crd,crds     apiextensions.k8s.io/v1           false        CustomResourceDefinition
apiservices                                      apiregistration.k8s.io/v1         false        APIService
controllerrevisions                              apps/v1                           true         ControllerRevision
daemonsets                          ds           apps/v1                           true         DaemonSet
deployments                         deploy       apps/v1                           true         Deployment
replicasets                         rs           apps/v1                           true         ReplicaSet
statefulsets                        sts          apps/v1                           true         StatefulSet
selfsubjectreviews                               authentication.k8s.io/v1          false        SelfSubjectReview
tokenreviews                                     authentication.k8s.io/v1          false        TokenReview
localsubjectaccessreviews                        authorization.k8s.io/v1           true         LocalSubjectAccessReview
selfsubjectaccessreviews                         authorization.k8s.io/v1           false        SelfSubjectAccessReview
selfsubjectrulesreviews                          authorization.k8s.io/v1           false        SelfSubjectRulesReview
subjectaccessreviews                             authorization.k8s.io/v1           false        SubjectAccessReview
horizontalpodautoscalers            hpa          autoscaling/v2                    true         HorizontalPodAutoscaler
cronjobs                            cj           batch/v1                          true         CronJob
jobs                                             batch/v1                          true         Job
certificatesigningrequests          csr          certificates.k8s.io/v1            false        CertificateSigningRequest
leases                                           coordination.k8s.io/v1            true         Lease
endpointslices                                   discovery.k8s.io/v1               true         EndpointSlice
events                              ev           events.k8s.io/v1                  true         Event
flowschemas                                      flowcontrol.apiserver.k8s.io/v1   false        FlowSchema
prioritylevelconfigurations                      flowcontrol.apiserver.k8s.io/v1   false        PriorityLevelConfiguration
ingressclasses                                   networking.k8s.io/v1              false        IngressClass
ingresses                           ing          networking.k8s.io/v1              true         Ingress
ipaddresses                         ip           networking.k8s.io/v1              false        IPAddress
networkpolicies                     netpol       networking.k8s.io/v1              true         NetworkPolicy
servicecidrs                                     networking.k8s.io/v1              false        ServiceCIDR
runtimeclasses                                   node.k8s.io/v1                    false        RuntimeClass
poddisruptionbudgets                pdb          policy/v1                         true         PodDisruptionBudget
clusterrolebindings                              rbac.authorization.k8s.io/v1      false        ClusterRoleBinding
clusterroles                                     rbac.authorization.k8s.io/v1      false        ClusterRole
rolebindings                                     rbac.authorization.k8s.io/v1      true         RoleBinding
roles                                            rbac.authorization.k8s.io/v1      true         Role
deviceclasses                                    resource.k8s.io/v1                false        DeviceClass
resourceclaims                                   resource.k8s.io/v1                true         ResourceClaim
resourceclaimtemplates                           resource.k8s.io/v1                true         ResourceClaimTemplate
resourceslices                                   resource.k8s.io/v1                false        ResourceSlice
priorityclasses                     pc           scheduling.k8s.io/v1              false        PriorityClass
csidrivers                                       storage.k8s.io/v1                 false        CSIDriver
csinodes                                         storage.k8s.io/v1                 false        CSINode
csistoragecapacities                             storage.k8s.io/v1                 true         CSIStorageCapacity
storageclasses                      sc           storage.k8s.io/v1                 false        StorageClass
volumeattachments                                storage.k8s.io/v1                 false        VolumeAttachment
volumeattributesclasses             vac          storage.k8s.io/v1                 false        VolumeAttributesClass
$ kubectl api-resources -o wide --api-group=batch
NAME       SHORTNAMES   APIVERSION   NAMESPACED   KIND      VERBS                                                        CATEGORIES
cronjobs   cj           batch/v1     true         CronJob   create,delete,deletecollection,get,list,patch,update,watch   all
jobs                    batch/v1     true         Job       create,delete,deletecollection,get,list,patch,update,watch   all
$ kubectl api-resources -o wide --namespaced=true --api-group=''
NAME                     SHORTNAMES   APIVERSION   NAMESPACED   KIND                    VERBS                                                        CATEGORIES
bindings                              v1           true         Binding                 create                                                       
configmaps               cm           v1           true         ConfigMap               create,delete,deletecollection,get,list,patch,update,watch   
endpoints                ep           v1           true         Endpoints               create,delete,deletecollection,get,list,patch,update,watch   
events                   ev           v1           true         Event                   create,delete,deletecollection,get,list,patch,update,watch   
limitranges              limits       v1           true         LimitRange              create,delete,deletecollection,get,list,patch,update,watch   
persistentvolumeclaims   pvc          v1           true         PersistentVolumeClaim   create,delete,deletecollection,get,list,patch,update,watch   
pods                     po           v1           true         Pod                     create,delete,deletecollection,get,list,patch,update,watch   all
podtemplates                          v1           true         PodTemplate             create,delete,deletecollection,get,list,patch,update,watch   
replicationcontrollers   rc           v1           true         ReplicationController   create,delete,deletecollection,get,list,patch,update,watch   all
resourcequotas           quota        v1           true         ResourceQuota           create,delete,deletecollection,get,list,patch,update,watch   
secrets                               v1           true         Secret                  create,delete,deletecollection,get,list,patch,update,watch   
serviceaccounts          sa           v1           true         ServiceAccount          create,delete,deletecollection,get,list,patch,update,watch   
services                 svc          v1           true         Service                 create,delete,deletecollection,get,list,patch,update,watch   all
$ kubectl api-resources -o wide | awk '{print NF}' | sort | uniq -c
     29 5
     28 6
     11 7
$ kubectl api-resources --verbs=deletecollection --namespaced=false -o name
nodes
persistentvolumes
mutatingadmissionpolicies.admissionregistration.k8s.io
mutatingadmissionpolicybindings.admissionregistration.k8s.io
mutatingwebhookconfigurations.admissionregistration.k8s.io
validatingadmissionpolicies.admissionregistration.k8s.io
validatingadmissionpolicybindings.admissionregistration.k8s.io
validatingwebhookconfigurations.admissionregistration.k8s.io
customresourcedefinitions.apiextensions.k8s.io
apiservices.apiregistration.k8s.io
certificatesigningrequests.certificates.k8s.io
flowschemas.flowcontrol.apiserver.k8s.io
prioritylevelconfigurations.flowcontrol.apiserver.k8s.io
ingressclasses.networking.k8s.io
ipaddresses.networking.k8s.io
servicecidrs.networking.k8s.io
runtimeclasses.node.k8s.io
clusterrolebindings.rbac.authorization.k8s.io
clusterroles.rbac.authorization.k8s.io
deviceclasses.resource.k8s.io
resourceslices.resource.k8s.io
priorityclasses.scheduling.k8s.io
csidrivers.storage.k8s.io
csinodes.storage.k8s.io
storageclasses.storage.k8s.io
volumeattachments.storage.k8s.io
volumeattributesclasses.storage.k8s.io
$ kubectl api-resources --categories=nothing
NAME   SHORTNAMES   APIVERSION   NAMESPACED   KIND
$ kubectl api-resources --categories=api-extensions
NAME                                SHORTNAMES   APIVERSION                        NAMESPACED   KIND
mutatingadmissionpolicies                        admissionregistration.k8s.io/v1   false        MutatingAdmissionPolicy
mutatingadmissionpolicybindings                  admissionregistration.k8s.io/v1   false        MutatingAdmissionPolicyBinding
mutatingwebhookconfigurations                    admissionregistration.k8s.io/v1   false        MutatingWebhookConfiguration
validatingadmissionpolicies                      admissionregistration.k8s.io/v1   false        ValidatingAdmissionPolicy
validatingadmissionpolicybindings                admissionregistration.k8s.io/v1   false        ValidatingAdmissionPolicyBinding
validatingwebhookconfigurations                  admissionregistration.k8s.io/v1   false        ValidatingWebhookConfiguration
customresourcedefinitions           crd,crds     apiextensions.k8s.io/v1           false        CustomResourceDefinition
apiservices                                      apiregistration.k8s.io/v1         false        APIService
$ kubectl api-resources -o yaml --api-group=scheduling.k8s.io
apiVersion: v1
groupVersion: ""
kind: APIResourceList
resources:
- group: scheduling.k8s.io
  kind: PriorityClass
  name: priorityclasses
  namespaced: false
  shortNames:
  - pc
  singularName: priorityclass
  verbs:
  - create
  - delete
  - deletecollection
  - get
  - list
  - patch
  - update
  - watch
  version: v1
$ kubectl api-resources -o json --api-group=scheduling.k8s.io | jq -c '.resources[0].name'
"priorityclasses"
! kubectl api-resources -o wrong
$ kubectl api-versions
admissionregistration.k8s.io/v1
apiextensions.k8s.io/v1
apiregistration.k8s.io/v1
apps/v1
authentication.k8s.io/v1
authorization.k8s.io/v1
autoscaling/v1
autoscaling/v2
batch/v1
certificates.k8s.io/v1
coordination.k8s.io/v1
discovery.k8s.io/v1
events.k8s.io/v1
flowcontrol.apiserver.k8s.io/v1
networking.k8s.io/v1
node.k8s.io/v1
policy/v1
rbac.authorization.k8s.io/v1
resource.k8s.io/v1
scheduling.k8s.io/v1
storage.k8s.io/v1
v1
! kubectl explain svc.spec --recursive | head -30
! kubectl explain pod.spec.containers.resources
$ kubectl explain deploy --recursive | tail -5
    replicas	<integer>
    terminatingReplicas	<integer>
    unavailableReplicas	<integer>
    updatedReplicas	<integer>

! kubectl explain configmap
! kubectl explain job.spec.podFailurePolicy.rules.action
! kubectl explain pod.spec.tolerations.effect
! kubectl explain pods.metadata | head -20
! kubectl explain pod.spec.volumes.emptyDir
! kubectl explain quota.spec.hard
! kubectl explain crd.spec.versions.schema --output=plaintext | head -10
! kubectl explain crd --output=plaintext-openapiv2 | head -6
$ kubectl explain pod --output=wrong
error: unrecognized format: wrong
[exit 1]
! kubectl explain ing.spec.rules.http.paths.pathType
! kubectl explain pdb.status.conditions.status
! kubectl explain hpa --api-version=autoscaling/v1 | head -8
! kubectl explain hpa --api-version=autoscaling/v9
! kubectl explain pod.spec.containers[0]
$ kubectl explain pod.spec.containers.name.x
KIND:       Pod
VERSION:    v1

error: field "x" does not exist
[exit 1]
$ kubectl explain events --api-version=events.k8s.io/v1 | head -4
GROUP:      events.k8s.io
KIND:       Event
VERSION:    v1

$ kubectl explain events | head -4
KIND:       Event
VERSION:    v1

DESCRIPTION:
! kubectl explain rolebinding.subjects
! kubectl explain node.status.capacity
! kubectl explain secret.data
! kubectl explain cm.immutable
! kubectl explain pod.status.phase
$ kubectl explain
error: You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.
[exit 1]
$ kubectl explain pod svc
error: We accept only this format: explain RESOURCE
[exit 1]
$ kubectl get --raw /apis | jq -r '.groups[].name'
apiregistration.k8s.io
apps
events.k8s.io
authentication.k8s.io
authorization.k8s.io
autoscaling
batch
certificates.k8s.io
networking.k8s.io
policy
rbac.authorization.k8s.io
storage.k8s.io
admissionregistration.k8s.io
apiextensions.k8s.io
scheduling.k8s.io
coordination.k8s.io
node.k8s.io
discovery.k8s.io
resource.k8s.io
flowcontrol.apiserver.k8s.io
$ kubectl get --raw /apis/batch/v1 | jq -r '.resources[] | [.name,.kind,.namespaced] | @tsv'
cronjobs	CronJob	true
cronjobs/status	CronJob	true
jobs	Job	true
jobs/status	Job	true
$ kubectl get --raw /api/v1 | jq -r '.resources[] | select(.name|startswith("pods")) | [.name,.kind,(.verbs|join(","))] | @tsv'
pods	Pod	create,delete,deletecollection,get,list,patch,update,watch
pods/attach	PodAttachOptions	create,get
pods/binding	Binding	create
pods/ephemeralcontainers	Pod	get,patch,update
pods/eviction	Eviction	create
pods/exec	PodExecOptions	create,get
pods/log	Pod	get
pods/portforward	PodPortForwardOptions	create,get
pods/proxy	PodProxyOptions	create,delete,get,patch,update
pods/resize	Pod	get,patch,update
pods/status	Pod	get,patch,update
$ kubectl get --raw /apis/nothing
Error from server (NotFound): the server could not find the requested resource
[exit 1]
! kubectl get --raw / | jq -r '.paths[]' | grep -E '^/(api|apis|version|livez|metrics|openapi.*)$'
$ kubectl get --raw /livez
ok
$ kubectl get --raw '/livez?verbose' | tail -1
livez check passed
$ kubectl get --raw /livez/ping
ok
$ kubectl get --raw /livez/none
Error from server (NotFound): the server could not find the requested resource
[exit 1]
$ kubectl get --raw '/healthz?exclude=ping'
ok
$ kubectl get --raw /version | jq -r '.major+"."+.minor'
1.36
! kubectl get --raw /openapi/v3 | jq -r '.paths | keys[]' | head -20
! kubectl get --raw /.well-known/openid-configuration | jq -S .
! kubectl get --raw /openid/v1/jwks | jq -r '.keys[0].kty'
$ kubectl get apiservices | awk '{print $1,$2,$3}'
NAME SERVICE AVAILABLE
v1. Local True
v1.admissionregistration.k8s.io Local True
v1.apiextensions.k8s.io Local True
v1.apps Local True
v1.authentication.k8s.io Local True
v1.authorization.k8s.io Local True
v1.autoscaling Local True
v1.batch Local True
v1.certificates.k8s.io Local True
v1.coordination.k8s.io Local True
v1.discovery.k8s.io Local True
v1.events.k8s.io Local True
v1.flowcontrol.apiserver.k8s.io Local True
v1.networking.k8s.io Local True
v1.node.k8s.io Local True
v1.policy Local True
v1.rbac.authorization.k8s.io Local True
v1.resource.k8s.io Local True
v1.scheduling.k8s.io Local True
v1.storage.k8s.io Local True
v2.autoscaling Local True
$ kubectl get apiservice v1.apps -o jsonpath='{.spec}{"\n"}{.status.conditions[0].type} {.status.conditions[0].reason} {.status.conditions[0].message}{"\n"}'
{"group":"apps","groupPriorityMinimum":17800,"version":"v1","versionPriority":15}
Available Local Local APIServices are always available
! kubectl version --client -o json | jq -r 'keys[]'
! kubectl version -o json | jq -r '.serverVersion.platform,.serverVersion.minor'
! kubectl version | tail -1
! kubectl get flowschemas
! kubectl get prioritylevelconfigurations
$ kubectl get componentstatuses 2>&1 | head -1
Warning: v1 ComponentStatus is deprecated in v1.19+
$ kubectl get priorityclasses
NAME                      VALUE        GLOBAL-DEFAULT   AGE   PREEMPTIONPOLICY
system-cluster-critical   2000000000   false            11m   PreemptLowerPriority
system-node-critical      2000001000   false            11m   PreemptLowerPriority
! kubectl get ns --no-headers | awk '{print $1}' | grep -vE '^t-'
$ kubectl get svc -n default
NAME         TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE
kubernetes   ClusterIP   10.96.0.1    <none>        443/TCP   11m
$ kubectl get endpointslices -n default --no-headers | awk '{print $1,$2,$3}'
kubernetes IPv4 7100
$ kubectl get leases -n kube-node-lease -o name
lease.coordination.k8s.io/node-1
lease.coordination.k8s.io/node-2
lease.coordination.k8s.io/node-3
$ kubectl get clusterroles -o name | grep -v t- | wc -l
53
$ kubectl get clusterrolebindings -o name | head -5
clusterrolebinding.rbac.authorization.k8s.io/cluster-admin
clusterrolebinding.rbac.authorization.k8s.io/system:basic-user
clusterrolebinding.rbac.authorization.k8s.io/system:controller:attachdetach-controller
clusterrolebinding.rbac.authorization.k8s.io/system:controller:certificate-controller
clusterrolebinding.rbac.authorization.k8s.io/system:controller:clusterrole-aggregation-controller
$ kubectl get roles -A --no-headers | awk '{print $1,$2}' | grep -v ^t- | head -12
kube-public system:controller:bootstrap-signer
kube-system extension-apiserver-authentication-reader
kube-system system::leader-locking-kube-controller-manager
kube-system system::leader-locking-kube-scheduler
kube-system system:controller:bootstrap-signer
kube-system system:controller:cloud-provider
kube-system system:controller:token-cleaner
! kubectl get cm -n kube-system -o name
! kubectl get validatingadmissionpolicies,mutatingwebhookconfigurations,storageclasses,csidrivers,volumeattachments,csinodes
$ kubectl get nodes.v1.
NAME     STATUS   ROLES    AGE   VERSION
node-1   Ready    <none>   11m   v1.36.2
node-2   Ready    <none>   11m   v1.36.2
node-3   Ready    <none>   11m   v1.36.2
$ kubectl get deploy.v1.apps/x
Error from server (NotFound): deployments.apps "x" not found
[exit 1]
$ kubectl get pods.v2
error: the server doesn't have a resource type "pods"
[exit 1]
