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
$ kubectl api-resources -o wrong
error: unable to match a printer suitable for the output format "wrong", allowed formats are: json,kyaml,name,wide,yaml
[exit 1]
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
$ kubectl explain svc.spec --recursive | head -30
KIND:       Service
VERSION:    v1

FIELD: spec <ServiceSpec>


DESCRIPTION:
    Spec defines the behavior of a service.
    https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#spec-and-status
    ServiceSpec describes the attributes that a user creates on a service.
    
FIELDS:
  allocateLoadBalancerNodePorts	<boolean>
  clusterIP	<string>
  clusterIPs	<[]string>
  externalIPs	<[]string>
  externalName	<string>
  externalTrafficPolicy	<string>
  enum: Cluster, Local
  healthCheckNodePort	<integer>
  internalTrafficPolicy	<string>
  enum: Cluster, Local
  ipFamilies	<[]string>
  ipFamilyPolicy	<string>
  enum: PreferDualStack, RequireDualStack, SingleStack
  loadBalancerClass	<string>
  loadBalancerIP	<string>
  loadBalancerSourceRanges	<[]string>
  ports	<[]ServicePort>
    appProtocol	<string>
$ kubectl explain pod.spec.containers.resources
KIND:       Pod
VERSION:    v1

FIELD: resources <ResourceRequirements>


DESCRIPTION:
    Compute Resources required by this container. Cannot be updated. More info:
    https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
    ResourceRequirements describes the compute resource requirements.
    
FIELDS:
  claims	<[]ResourceClaim>
    Claims lists the names of resources, defined in spec.resourceClaims, that
    are used by this container.
    
    This field depends on the DynamicResourceAllocation feature gate.
    
    This field is immutable. It can only be set for containers.

  limits	<map[string]Quantity>
    Limits describes the maximum amount of compute resources allowed. More info:
    https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/

  requests	<map[string]Quantity>
    Requests describes the minimum amount of compute resources required. If
    Requests is omitted for a container, it defaults to Limits if that is
    explicitly specified, otherwise to an implementation-defined value. Requests
    cannot exceed Limits. More info:
    https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/


$ kubectl explain deploy --recursive | tail -5
    replicas	<integer>
    terminatingReplicas	<integer>
    unavailableReplicas	<integer>
    updatedReplicas	<integer>

$ kubectl explain configmap
KIND:       ConfigMap
VERSION:    v1

DESCRIPTION:
    ConfigMap holds configuration data for pods to consume.
    
FIELDS:
  apiVersion	<string>
    APIVersion defines the versioned schema of this representation of an object.
    Servers should convert recognized schemas to the latest internal value, and
    may reject unrecognized values. More info:
    https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources

  binaryData	<map[string]string>
    BinaryData contains the binary data. Each key must consist of alphanumeric
    characters, '-', '_' or '.'. BinaryData can contain byte sequences that are
    not in the UTF-8 range. The keys stored in BinaryData must not overlap with
    the ones in the Data field, this is enforced during validation process.
    Using this field will require 1.10+ apiserver and kubelet.

  data	<map[string]string>
    Data contains the configuration data. Each key must consist of alphanumeric
    characters, '-', '_' or '.'. Values with non-UTF-8 byte sequences must use
    the BinaryData field. The keys stored in Data must not overlap with the keys
    in the BinaryData field, this is enforced during validation process.

  immutable	<boolean>
    Immutable, if set to true, ensures that data stored in the ConfigMap cannot
    be updated (only object metadata can be modified). If not set to true, the
    field can be modified at any time. Defaulted to nil.

  kind	<string>
    Kind is a string value representing the REST resource this object
    represents. Servers may infer this from the endpoint the client submits
    requests to. Cannot be updated. In CamelCase. More info:
    https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds

  metadata	<ObjectMeta>
    Standard object's metadata. More info:
    https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata


$ kubectl explain job.spec.podFailurePolicy.rules.action
GROUP:      batch
KIND:       Job
VERSION:    v1

FIELD: action <string>
ENUM:
    Count
    FailIndex
    FailJob
    Ignore

DESCRIPTION:
    Specifies the action taken on a pod failure when the requirements are
    satisfied. Possible values are:
    
    - FailJob: indicates that the pod's job is marked as Failed and all
      running pods are terminated.
    - FailIndex: indicates that the pod's index is marked as Failed and will
      not be restarted.
    - Ignore: indicates that the counter towards the .backoffLimit is not
      incremented and a replacement pod is created.
    - Count: indicates that the pod is handled in the default way - the
      counter towards the .backoffLimit is incremented.
    Additional values are considered to be added in the future. Clients should
    react to an unknown action by skipping the rule.
    
    Possible enum values:
     - `"Count"` This is an action which might be taken on a pod failure - the
    pod failure is handled in the default way - the counter towards
    .backoffLimit, represented by the job's .status.failed field, is
    incremented.
     - `"FailIndex"` This is an action which might be taken on a pod failure -
    mark the Job's index as failed to avoid restarts within this index. This
    action can only be used when backoffLimitPerIndex is set.
     - `"FailJob"` This is an action which might be taken on a pod failure -
    mark the pod's job as Failed and terminate all running pods.
     - `"Ignore"` This is an action which might be taken on a pod failure - the
    counter towards .backoffLimit, represented by the job's .status.failed
    field, is not incremented and a replacement pod is created.
    

$ kubectl explain pod.spec.tolerations.effect
KIND:       Pod
VERSION:    v1

FIELD: effect <string>
ENUM:
    NoExecute
    NoSchedule
    PreferNoSchedule

DESCRIPTION:
    Effect indicates the taint effect to match. Empty means match all taint
    effects. When specified, allowed values are NoSchedule, PreferNoSchedule and
    NoExecute.
    
    Possible enum values:
     - `"NoExecute"` Evict any already-running pods that do not tolerate the
    taint. Currently enforced by NodeController.
     - `"NoSchedule"` Do not allow new pods to schedule onto the node unless
    they tolerate the taint, but allow all pods submitted to Kubelet without
    going through the scheduler to start, and allow all already-running pods to
    continue running. Enforced by the scheduler.
     - `"PreferNoSchedule"` Like TaintEffectNoSchedule, but the scheduler tries
    not to schedule new pods onto the node, rather than prohibiting new pods
    from scheduling onto the node entirely. Enforced by the scheduler.
    

$ kubectl explain pods.metadata | head -20
KIND:       Pod
VERSION:    v1

FIELD: metadata <ObjectMeta>


DESCRIPTION:
    Standard object's metadata. More info:
    https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
    ObjectMeta is metadata that all persisted resources must have, which
    includes all objects users must create.
    
FIELDS:
  annotations	<map[string]string>
    Annotations is an unstructured key value map stored with a resource that may
    be set by external tools to store and retrieve arbitrary metadata. They are
    not queryable and should be preserved when modifying objects. More info:
    https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations

  creationTimestamp	<string>
$ kubectl explain pod.spec.volumes.emptyDir
KIND:       Pod
VERSION:    v1

FIELD: emptyDir <EmptyDirVolumeSource>


DESCRIPTION:
    emptyDir represents a temporary directory that shares a pod's lifetime. More
    info: https://kubernetes.io/docs/concepts/storage/volumes#emptydir
    Represents an empty directory for a pod. Empty directory volumes support
    ownership management and SELinux relabeling.
    
FIELDS:
  medium	<string>
    medium represents what type of storage medium should back this directory.
    The default is "" which means to use the node's default medium. Must be an
    empty string (default) or Memory. More info:
    https://kubernetes.io/docs/concepts/storage/volumes#emptydir

  sizeLimit	<Quantity>
    sizeLimit is the total amount of local storage required for this EmptyDir
    volume. The size limit is also applicable for memory medium. The maximum
    usage on memory medium EmptyDir would be the minimum value between the
    SizeLimit specified here and the sum of memory limits of all containers in a
    pod. The default is nil which means that the limit is undefined. More info:
    https://kubernetes.io/docs/concepts/storage/volumes#emptydir


$ kubectl explain quota.spec.hard
KIND:       ResourceQuota
VERSION:    v1

FIELD: hard <map[string]Quantity>


DESCRIPTION:
    hard is the set of desired hard limits for each named resource. More info:
    https://kubernetes.io/docs/concepts/policy/resource-quotas/
    Quantity is a fixed-point representation of a number. It provides convenient
    marshaling/unmarshaling in JSON and YAML, in addition to String() and
    AsInt64() accessors.
    
    The serialization format is:
    
    ``` <quantity>        ::= <signedNumber><suffix>
    
    	(Note that <suffix> may be empty, from the "" case in <decimalSI>.)
    
    <digit>           ::= 0 | 1 | ... | 9 <digits>          ::= <digit> |
    <digit><digits> <number>          ::= <digits> | <digits>.<digits> |
    <digits>. | .<digits> <sign>            ::= "+" | "-" <signedNumber>    ::=
    <number> | <sign><number> <suffix>          ::= <binarySI> |
    <decimalExponent> | <decimalSI> <binarySI>        ::= Ki | Mi | Gi | Ti | Pi
    | Ei
    
    	(International System of units; See:
    http://physics.nist.gov/cuu/Units/binary.html)
    
    <decimalSI>       ::= m | "" | k | M | G | T | P | E
    
    	(Note that 1024 = 1Ki but 1000 = 1k; I didn't choose the capitalization.)
    
    <decimalExponent> ::= "e" <signedNumber> | "E" <signedNumber> ```
    
    No matter which of the three exponent forms is used, no quantity may
    represent a number greater than 2^63-1 in magnitude, nor may it have more
    than 3 decimal places. Numbers larger or more precise will be capped or
    rounded up. (E.g.: 0.1m will rounded up to 1m.) This may be extended in the
    future if we require larger or smaller quantities.
    
    When a Quantity is parsed from a string, it will remember the type of suffix
    it had, and will use the same type again when it is serialized.
    
    Before serializing, Quantity will be put in "canonical form". This means
    that Exponent/suffix will be adjusted up or down (with a corresponding
    increase or decrease in Mantissa) such that:
    
    - No precision is lost - No fractional digits will be emitted - The exponent
    (or suffix) is as large as possible.
    
    The sign will be omitted unless the number is negative.
    
    Examples:
    
    - 1.5 will be serialized as "1500m" - 1.5Gi will be serialized as "1536Mi"
    
    Note that the quantity will NEVER be internally represented by a floating
    point number. That is the whole point of this exercise.
    
    Non-canonical values will still parse as long as they are well formed, but
    will be re-emitted in their canonical form. (So always use canonical form,
    or don't diff.)
    
    This format is intended to make it difficult to use these numbers without
    writing some sort of special handling code in the hopes that that will cause
    implementors to also use a fixed point implementation.
    

$ kubectl explain crd.spec.versions.schema --output=plaintext | head -10
GROUP:      apiextensions.k8s.io
KIND:       CustomResourceDefinition
VERSION:    v1

FIELD: schema <CustomResourceValidation>


DESCRIPTION:
    schema describes the schema used for validation, pruning, and defaulting of
    this version of the custom resource.
! kubectl explain crd --output=plaintext-openapiv2 | head -6
$ kubectl explain pod --output=wrong
error: unrecognized format: wrong
[exit 1]
$ kubectl explain ing.spec.rules.http.paths.pathType
GROUP:      networking.k8s.io
KIND:       Ingress
VERSION:    v1

FIELD: pathType <string>
ENUM:
    Exact
    ImplementationSpecific
    Prefix

DESCRIPTION:
    pathType determines the interpretation of the path matching. PathType can be
    one of the following values: * Exact: Matches the URL path exactly. *
    Prefix: Matches based on a URL path prefix split by '/'. Matching is
      done on a path element by element basis. A path element refers is the
      list of labels in the path split by the '/' separator. A request is a
      match for path p if every p is an element-wise prefix of p of the
      request path. Note that if the last element of the path is a substring
      of the last element in request path, it is not a match (e.g. /foo/bar
      matches /foo/bar/baz, but does not match /foo/barbaz).
    * ImplementationSpecific: Interpretation of the Path matching is up to
      the IngressClass. Implementations can treat this as a separate PathType
      or treat it identically to Prefix or Exact path types.
    Implementations are required to support all path types.
    
    Possible enum values:
     - `"Exact"` matches the URL path exactly and with case sensitivity.
     - `"ImplementationSpecific"` matching is up to the IngressClass.
    Implementations can treat this as a separate PathType or treat it
    identically to Prefix or Exact path types.
     - `"Prefix"` matches based on a URL path prefix split by '/'. Matching is
    case sensitive and done on a path element by element basis. A path element
    refers to the list of labels in the path split by the '/' separator. A
    request is a match for path p if every p is an element-wise prefix of p of
    the request path. Note that if the last element of the path is a substring
    of the last element in request path, it is not a match (e.g. /foo/bar
    matches /foo/bar/baz, but does not match /foo/barbaz). If multiple matching
    paths exist in an Ingress spec, the longest matching path is given priority.
    Examples: - /foo/bar does not match requests to /foo/barbaz - /foo/bar
    matches request to /foo/bar and /foo/bar/baz - /foo and /foo/ both match
    requests to /foo and /foo/. If both paths are present in an Ingress spec,
    the longest matching path (/foo/) is given priority.
    

$ kubectl explain pdb.status.conditions.status
GROUP:      policy
KIND:       PodDisruptionBudget
VERSION:    v1

FIELD: status <string>


DESCRIPTION:
    status of the condition, one of True, False, Unknown.
    

$ kubectl explain hpa --api-version=autoscaling/v1 | head -8
GROUP:      autoscaling
KIND:       HorizontalPodAutoscaler
VERSION:    v1

DESCRIPTION:
    configuration of a horizontal pod autoscaler.
    
FIELDS:
$ kubectl explain hpa --api-version=autoscaling/v9
error: couldn't find resource for "autoscaling/v9, Resource=horizontalpodautoscalers"
[exit 1]
$ kubectl explain pod.spec.containers[0]
error: invalid jsonpath syntax, first node must be field node
[exit 1]
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
$ kubectl explain rolebinding.subjects
GROUP:      rbac.authorization.k8s.io
KIND:       RoleBinding
VERSION:    v1

FIELD: subjects <[]Subject>


DESCRIPTION:
    Subjects holds references to the objects the role applies to.
    Subject contains a reference to the object or user identities a role binding
    applies to.  This can either hold a direct API object reference, or a value
    for non-objects such as user and group names.
    
FIELDS:
  apiGroup	<string>
    APIGroup holds the API group of the referenced subject. Defaults to "" for
    ServiceAccount subjects. Defaults to "rbac.authorization.k8s.io" for User
    and Group subjects.

  kind	<string> -required-
    Kind of object being referenced. Values defined by this API group are
    "User", "Group", and "ServiceAccount". If the Authorizer does not recognized
    the kind value, the Authorizer should report an error.

  name	<string> -required-
    Name of the object being referenced.

  namespace	<string>
    Namespace of the referenced object.  If the object kind is non-namespace,
    such as "User" or "Group", and this value is not empty the Authorizer should
    report an error.


$ kubectl explain node.status.capacity
KIND:       Node
VERSION:    v1

FIELD: capacity <map[string]Quantity>


DESCRIPTION:
    Capacity represents the total resources of a node. More info:
    https://kubernetes.io/docs/reference/node/node-status/#capacity
    Quantity is a fixed-point representation of a number. It provides convenient
    marshaling/unmarshaling in JSON and YAML, in addition to String() and
    AsInt64() accessors.
    
    The serialization format is:
    
    ``` <quantity>        ::= <signedNumber><suffix>
    
    	(Note that <suffix> may be empty, from the "" case in <decimalSI>.)
    
    <digit>           ::= 0 | 1 | ... | 9 <digits>          ::= <digit> |
    <digit><digits> <number>          ::= <digits> | <digits>.<digits> |
    <digits>. | .<digits> <sign>            ::= "+" | "-" <signedNumber>    ::=
    <number> | <sign><number> <suffix>          ::= <binarySI> |
    <decimalExponent> | <decimalSI> <binarySI>        ::= Ki | Mi | Gi | Ti | Pi
    | Ei
    
    	(International System of units; See:
    http://physics.nist.gov/cuu/Units/binary.html)
    
    <decimalSI>       ::= m | "" | k | M | G | T | P | E
    
    	(Note that 1024 = 1Ki but 1000 = 1k; I didn't choose the capitalization.)
    
    <decimalExponent> ::= "e" <signedNumber> | "E" <signedNumber> ```
    
    No matter which of the three exponent forms is used, no quantity may
    represent a number greater than 2^63-1 in magnitude, nor may it have more
    than 3 decimal places. Numbers larger or more precise will be capped or
    rounded up. (E.g.: 0.1m will rounded up to 1m.) This may be extended in the
    future if we require larger or smaller quantities.
    
    When a Quantity is parsed from a string, it will remember the type of suffix
    it had, and will use the same type again when it is serialized.
    
    Before serializing, Quantity will be put in "canonical form". This means
    that Exponent/suffix will be adjusted up or down (with a corresponding
    increase or decrease in Mantissa) such that:
    
    - No precision is lost - No fractional digits will be emitted - The exponent
    (or suffix) is as large as possible.
    
    The sign will be omitted unless the number is negative.
    
    Examples:
    
    - 1.5 will be serialized as "1500m" - 1.5Gi will be serialized as "1536Mi"
    
    Note that the quantity will NEVER be internally represented by a floating
    point number. That is the whole point of this exercise.
    
    Non-canonical values will still parse as long as they are well formed, but
    will be re-emitted in their canonical form. (So always use canonical form,
    or don't diff.)
    
    This format is intended to make it difficult to use these numbers without
    writing some sort of special handling code in the hopes that that will cause
    implementors to also use a fixed point implementation.
    

$ kubectl explain secret.data
KIND:       Secret
VERSION:    v1

FIELD: data <map[string]string>


DESCRIPTION:
    Data contains the secret data. Each key must consist of alphanumeric
    characters, '-', '_' or '.'. The serialized form of the secret data is a
    base64 encoded string, representing the arbitrary (possibly non-string) data
    value here. Described in https://tools.ietf.org/html/rfc4648#section-4
    

$ kubectl explain cm.immutable
KIND:       ConfigMap
VERSION:    v1

FIELD: immutable <boolean>


DESCRIPTION:
    Immutable, if set to true, ensures that data stored in the ConfigMap cannot
    be updated (only object metadata can be modified). If not set to true, the
    field can be modified at any time. Defaulted to nil.
    

$ kubectl explain pod.status.phase
KIND:       Pod
VERSION:    v1

FIELD: phase <string>
ENUM:
    Failed
    Pending
    Running
    Succeeded
    Unknown

DESCRIPTION:
    The phase of a Pod is a simple, high-level summary of where the Pod is in
    its lifecycle. The conditions array, the reason and message fields, and the
    individual container status arrays contain more detail about the pod's
    status. There are five possible phase values:
    
    Pending: The pod has been accepted by the Kubernetes system, but one or more
    of the container images has not been created. This includes time before
    being scheduled as well as time spent downloading images over the network,
    which could take a while. Running: The pod has been bound to a node, and all
    of the containers have been created. At least one container is still
    running, or is in the process of starting or restarting. Succeeded: All
    containers in the pod have terminated in success, and will not be restarted.
    Failed: All containers in the pod have terminated, and at least one
    container has terminated in failure. The container either exited with
    non-zero status or was terminated by the system. Unknown: For some reason
    the state of the pod could not be obtained, typically due to an error in
    communicating with the host of the pod.
    
    More info:
    https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle#pod-phase
    
    Possible enum values:
     - `"Failed"` means that all containers in the pod have terminated, and at
    least one container has terminated in a failure (exited with a non-zero exit
    code or was stopped by the system).
     - `"Pending"` means the pod has been accepted by the system, but one or
    more of the containers has not been started. This includes time before being
    bound to a node, as well as time spent pulling images onto the host.
     - `"Running"` means the pod has been bound to a node and all of the
    containers have been started. At least one container is still running or is
    in the process of being restarted.
     - `"Succeeded"` means that all containers in the pod have voluntarily
    terminated with a container exit code of 0, and the system is not going to
    restart any of these containers.
     - `"Unknown"` means that for some reason the state of the pod could not be
    obtained, typically due to an error in communicating with the host of the
    pod. Deprecated: It isn't being set since 2015
    (74da3b14b0c0f658b3bb8d2def5094686d0e9095)
    

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
