# A claim grows where its class lets it: the folders of the provisioner's class are enlarged by saying so.
$ kubectl patch sc standard -p '{"allowVolumeExpansion": true}'
storageclass.storage.k8s.io/standard patched
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: PersistentVolumeClaim
> metadata: {name: data}
> spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
> EOF
persistentvolumeclaim/data created
$ kubectl patch pvc data -p '{"spec": {"resources": {"requests": {"storage": "2Gi"}}}}'
The PersistentVolumeClaim "data" is invalid: spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims
@@ -6,7 +6,7 @@
  "Resources": {
   "Limits": null,
   "Requests": {
-   "storage": "1Gi"
+   "storage": "2Gi"
   }
  },
  "VolumeName": "",

[exit 1]
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: Pod
> metadata: {name: user}
> spec:
>   terminationGracePeriodSeconds: 0
>   containers: [{name: c, image: "nginx:1.27", volumeMounts: [{name: d, mountPath: /data}]}]
>   volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]
> EOF
pod/user created
@advance 20s
$ kubectl get pvc data -o jsonpath='{.status}{"\n"}'
{"accessModes":["ReadWriteOnce"],"capacity":{"storage":"1Gi"},"phase":"Bound"}
$ kubectl patch pvc data -p '{"spec": {"resources": {"requests": {"storage": "2Gi"}}}}'
persistentvolumeclaim/data patched
@advance 100ms
$ kubectl get pvc data -o jsonpath='{.status.capacity.storage} {.status.allocatedResources.storage} {.status.allocatedResourceStatuses.storage} {.status.conditions[*].type}{"\n"}'
1Gi 2Gi ControllerResizeInProgress Resizing
$ kubectl describe pvc data | sed -n '/^Conditions/,/^Events/p' | sed 's/[A-Z][a-z][a-z], [0-9].*/TIME/'
Conditions:
  Type       Status  LastProbeTime                     LastTransitionTime                Reason  Message
  ----       ------  -----------------                 ------------------                ------  -------
  Resizing   True    TIME
Events:
@advance 2s
$ kubectl get pvc data -o jsonpath='{.status}{"\n"}{.metadata.annotations.volume\.kubernetes\.io/node-expansion-not-required}{"\n"}'
{"accessModes":["ReadWriteOnce"],"allocatedResources":{"storage":"2Gi"},"capacity":{"storage":"2Gi"},"phase":"Bound"}
true
$ kubectl get pv -o jsonpath='{.items[*].spec.capacity.storage}{"\n"}'
2Gi
$ kubectl get events --field-selector involvedObject.kind=PersistentVolumeClaim -o custom-columns=TYPE:.type,REASON:.reason,FROM:.source.component,MESSAGE:.message --no-headers | sed 's/pvc-[0-9a-f-]*/PV/' | tail -n +4
Normal   ProvisioningSucceeded    rancher.io/local-path                    Successfully provisioned volume PV
Normal   ExternalExpanding        volume_expand                            waiting for an external controller to expand this PVC
Normal   Resizing                 external-resizer rancher.io/local-path   External resizer is resizing volume PV
Normal   VolumeResizeSuccessful   external-resizer rancher.io/local-path   Resize volume succeeded
# Two changes one after another: the first one is done before the second begins.
$ kubectl patch pvc data -p '{"spec": {"resources": {"requests": {"storage": "3Gi"}}}}'
persistentvolumeclaim/data patched
@advance 100ms
$ kubectl patch pvc data -p '{"spec": {"resources": {"requests": {"storage": "4Gi"}}}}'
persistentvolumeclaim/data patched
@advance 4s
$ kubectl get pvc data -o jsonpath='{.status.capacity.storage} {.status.allocatedResources.storage}{"\n"}'
4Gi 4Gi
$ kubectl get events --field-selector reason=VolumeResizeSuccessful -o custom-columns=COUNT:.count --no-headers
3
# No claim gets smaller than it is.
$ kubectl patch pvc data -p '{"spec": {"resources": {"requests": {"storage": "1Gi"}}}}'
The PersistentVolumeClaim "data" is invalid: spec.resources.requests.storage: Forbidden: field can not be less than status.capacity
[exit 1]
# A class that does not let claims grow refuses; volumes of other provisioners wait for somebody who enlarges them.
$ kubectl patch sc standard -p '{"allowVolumeExpansion": false}'
storageclass.storage.k8s.io/standard patched
$ kubectl patch pvc data -p '{"spec": {"resources": {"requests": {"storage": "5Gi"}}}}'
Error from server (Forbidden): persistentvolumeclaims "data" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize
[exit 1]
$ kubectl apply -f - <<EOF
> apiVersion: storage.k8s.io/v1
> kind: StorageClass
> metadata: {name: far}
> provisioner: example.com/far
> allowVolumeExpansion: true
> ---
> apiVersion: v1
> kind: PersistentVolume
> metadata: {name: far}
> spec: {storageClassName: far, capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], nfs: {server: example.com, path: /}}
> ---
> apiVersion: v1
> kind: PersistentVolumeClaim
> metadata: {name: far}
> spec: {storageClassName: far, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
> EOF
storageclass.storage.k8s.io/far created
persistentvolume/far created
persistentvolumeclaim/far created
@advance 3s
$ kubectl patch pvc far -p '{"spec": {"resources": {"requests": {"storage": "2Gi"}}}}'
persistentvolumeclaim/far patched
@advance 30s
$ kubectl get pvc far -o jsonpath='{.status}{"\n"}'
{"accessModes":["ReadWriteOnce"],"capacity":{"storage":"1Gi"},"phase":"Bound"}
$ kubectl get events --field-selector involvedObject.name=far -o custom-columns=TYPE:.type,REASON:.reason,FROM:.source.component,COUNT:.count,MESSAGE:.message --no-headers
Normal   ExternalProvisioning   persistentvolume-controller   1     Waiting for a volume to be created either by the external provisioner 'example.com/far' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.
Normal   ExternalExpanding      volume_expand                 1     waiting for an external controller to expand this PVC
# A pod that was put on a node by hand is told there what is wrong with its volumes.
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: PersistentVolume
> metadata: {name: elsewhere}
> spec:
>   storageClassName: hand
>   capacity: {storage: 1Gi}
>   accessModes: [ReadWriteOnce]
>   local: {path: /srv}
>   nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [other]}]}]}}
> ---
> apiVersion: v1
> kind: PersistentVolumeClaim
> metadata: {name: elsewhere}
> spec: {storageClassName: hand, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
> ---
> apiVersion: v1
> kind: Pod
> metadata: {name: lost}
> spec:
>   nodeName: worker-1
>   containers: [{name: c, image: "nginx:1.27", volumeMounts: [{name: d, mountPath: /data}]}]
>   volumes: [{name: d, persistentVolumeClaim: {claimName: elsewhere}}]
> ---
> apiVersion: v1
> kind: Pod
> metadata: {name: early}
> spec:
>   nodeName: worker-1
>   containers: [{name: c, image: "nginx:1.27", volumeMounts: [{name: d, mountPath: /data}]}]
>   volumes: [{name: d, persistentVolumeClaim: {claimName: none}}, {name: e, ephemeral: {volumeClaimTemplate: {spec: {storageClassName: none, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}]
> EOF
persistentvolume/elsewhere created
persistentvolumeclaim/elsewhere created
pod/lost created
pod/early created
@advance 8s
$ kubectl get events --field-selector reason=FailedMount -o custom-columns=POD:.involvedObject.name,MESSAGE:.message --no-headers
early   Unable to attach or mount volumes: unmounted volumes=[d e], unattached volumes=[], failed to process volumes=[d e]: error processing PVC t-claims-grow/none: failed to fetch PVC from API server: persistentvolumeclaims "none" not found; error processing PVC t-claims-grow/early-e: PVC is not bound
lost    Unable to attach or mount volumes: unmounted volumes=[d], unattached volumes=[], failed to process volumes=[d]: error processing PVC t-claims-grow/elsewhere: PVC is not bound
lost    MountVolume.NodeAffinity check failed for volume "elsewhere" : no matching NodeSelectorTerms
# A claim that is mounted to be read only cannot be written.
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: Pod
> metadata: {name: reader}
> spec:
>   restartPolicy: Never
>   containers: [{name: c, image: "busybox:1.36", command: [sh, -c, "echo no > /data/file"], volumeMounts: [{name: d, mountPath: /data}]}]
>   volumes: [{name: d, persistentVolumeClaim: {claimName: data, readOnly: true}}]
> EOF
pod/reader created
@advance 8s
$ kubectl logs reader
sh: can't create /data/file: Read-only file system
