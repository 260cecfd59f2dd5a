! kubectl run box --image=nginx:1.26 --overrides='{"spec":{"nodeName":"node-1","terminationGracePeriodSeconds":0}}'; kubectl create cm c --from-literal=a=b; kubectl create cm d --from-literal=a=b
! kubectl wait --for=condition=Ready pod/box --timeout=60s
$ KUBE_EDITOR='sed -i s/nodeName:.*/nodeName:\ node-2/' kubectl edit pod box 2>&1 | sed 's#/tmp/[^ "]*#F#'
error: pods "box" is invalid
A copy of your changes has been stored to "F"
error: Edit cancelled, no valid changes were saved.
$ KUBE_EDITOR='sed -i s/a:\ b/a:\ c/' kubectl edit cm c d
configmap/c edited
configmap/d edited
$ kubectl get cm c d -o jsonpath='{.items[*].data.a}{"\n"}'
c c
! KUBE_EDITOR='sed -i s/a:\ c/a:\ d/' kubectl edit cm/c -o yaml --save-config
! kubectl get cm c -o jsonpath='{.metadata.annotations}{"\n"}'
$ KUBE_EDITOR='sed -i s/kind:.*/kind:\ Nope/' kubectl edit cm c 2>&1 | sed 's#/tmp/[^ "]*#F#'
A copy of your changes has been stored to "F"
error: Edit cancelled, no valid changes were saved.
! KUBE_EDITOR='sed -i d' kubectl edit cm c
! KUBE_EDITOR=nosucheditor kubectl edit cm c 2>&1 | sed 's#/tmp/[^ "]*#F#'
$ KUBE_EDITOR='sed -i s/name:\ c/name:\ z/' kubectl edit cm c 2>&1 | sed 's#/tmp/[^ "]*#F#'
A copy of your changes has been stored to "F"
error: At least one of apiVersion, kind and name was changed
$ KUBE_EDITOR=cat kubectl edit cm d | grep -vE 'uid|Time|resourceVersion'
Edit cancelled, no changes made.
\# Please edit the object below. Lines beginning with a '#' will be ignored,
\# and an empty file will abort the edit. If an error occurs while saving this file will be
\# reopened with the relevant failures.
\#
apiVersion: v1
data:
  a: c
kind: ConfigMap
metadata:
  name: d
  namespace: t-pods-edit-b
$ KUBE_EDITOR='sed -i s/a:\ c/a:\ e/' kubectl edit cm d --output-patch
Patch: {"data":{"a":"e"}}
configmap/d edited
$ kubectl edit cm -l none=1
error: unknown shorthand flag: 'l' in -l
See 'kubectl edit --help' for usage.
[exit 1]
$ KUBE_EDITOR='sed -i s/Running/Failed/' kubectl edit pod box --subresource=status
pod/box edited
$ KUBE_EDITOR='sed -i s/a:\ e/a:\ f/' kubectl edit cm d --windows-line-endings -o json
Edit cancelled, no changes made.
$ KUBE_EDITOR='sed -i s/image:.*/image:\ nginx:1.27/' kubectl edit pods box --validate=false
pod/box edited
! kubectl create --edit -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: viaedit}
> EOF
$ kubectl set image pod box '*=nginx:1.28'
pod/box image updated
$ kubectl patch pod box -p '{"spec":{"activeDeadlineSeconds":100}}'
pod/box patched
$ kubectl patch pod box -p '{"spec":{"activeDeadlineSeconds":200}}'
The Pod "box" is invalid: spec.activeDeadlineSeconds: Invalid value: 200: must be less than or equal to previous value
[exit 1]
$ kubectl patch pod box -p '{"spec":{"activeDeadlineSeconds":null}}'
The Pod "box" is invalid: spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value
[exit 1]
$ kubectl patch pod box -p '{"spec":{"tolerations":[{"key":"new","operator":"Exists"}]}}'
pod/box patched
$ kubectl patch pod box -p '{"spec":{"terminationGracePeriodSeconds":5}}'
The Pod "box" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)
@@ -134,7 +134,7 @@
  ],
  "EphemeralContainers": null,
  "RestartPolicy": "Always",
- "TerminationGracePeriodSeconds": 0,
+ "TerminationGracePeriodSeconds": 5,
  "ActiveDeadlineSeconds": 100,
  "DNSPolicy": "ClusterFirst",
  "NodeSelector": null,

[exit 1]
$ kubectl patch pod box -p '{"spec":{"containers":[{"name":"new","image":"x"}]}}'
The Pod "box" is invalid: spec.containers: Forbidden: pod updates may not add or remove containers
[exit 1]
$ kubectl patch pod box -p '{"spec":{"containers":[{"name":"box","resources":{"requests":{"cpu":"10m"}}}]}}'
The Pod "box" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)
@@ -101,7 +101,9 @@
    "Env": null,
    "Resources": {
     "Limits": null,
-    "Requests": null,
+    "Requests": {
+     "cpu": "10m"
+    },
     "Claims": null
    },
    "ResizePolicy": null,

[exit 1]
$ kubectl patch pod box --subresource=resize -p '{"spec":{"containers":[{"name":"box","resources":{"requests":{"cpu":"10m"}}}]}}'
The Pod "box" is invalid: spec: Invalid value: "BestEffort": Pod QOS Class may not change as a result of resizing
[exit 1]
$ kubectl patch pod box --subresource=status -p '{"status":{"message":"hi"}}'
pod/box patched
$ kubectl patch pod box --subresource=nope -p '{}'
Error from server (NotFound): the server could not find the requested resource
[exit 1]
$ kubectl patch pod box --subresource=ephemeralcontainers -p '{"spec":{"ephemeralContainers":[{"name":"dbg","image":"busybox","targetContainerName":"box"}]}}'
pod/box patched
$ kubectl get pod box -o jsonpath='{.spec.ephemeralContainers}{"\n"}'
[{"image":"busybox","imagePullPolicy":"Always","name":"dbg","resources":{},"targetContainerName":"box","terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"}]
! kubectl describe pod box | sed -n '/^Ephemeral/,/^Conditions/p'
$ kubectl patch pod box --type=json -p '[{"op":"replace","path":"/metadata/labels/run","value":"z"}]'
pod/box patched
$ kubectl patch pod box --type=json -p '[{"op":"copy","from":"/metadata/labels/run","path":"/metadata/labels/copy"},{"op":"move","from":"/metadata/labels/run","path":"/metadata/labels/moved"}]'
pod/box patched
$ kubectl get pod box -o jsonpath='{.metadata.labels}{"\n"}'
{"copy":"z","moved":"z","topology.kubernetes.io/zone":"zone-1"}
$ kubectl patch pod box --patch-file=/nonexistent
error: unable to read patch file: open /nonexistent: no such file or directory
[exit 1]
$ printf 'metadata:\n  labels:\n    fromfile: "1"\n' > $TMP/p.yaml; kubectl patch pod box --patch-file=$TMP/p.yaml
pod/box patched
$ kubectl patch pod box -p '{"metadata":{"labels":{"fromfile":null}}}' -o jsonpath='{.metadata.labels}{"\n"}'
{"copy":"z","moved":"z","topology.kubernetes.io/zone":"zone-1"}
$ kubectl patch pod box -p 'metadata: {labels: {y: "2"}}' -o name
pod/box
$ kubectl patch -f - -p '{"metadata":{"labels":{"f":"1"}}}' <<'EOF'
> {"apiVersion":"v1","kind":"Pod","metadata":{"name":"box"}}
> EOF
pod/box patched
$ kubectl patch pod box -p '{"metadata":{"labels":{"l":"1"}}}' --dry-run=client
pod/box patched
$ kubectl patch pod box -p '{"metadata":{"labels":{"l":"1"}}}' --dry-run=server
pod/box patched
$ kubectl get pod box -o yaml | kubectl patch -f - --local -p '{"metadata":{"name":"local"}}' --type=merge -o name
pod/local
$ kubectl patch pod box pod2 -p '{}'
pod/box patched (no change)
Error from server (NotFound): pods "pod2" not found
[exit 1]
$ kubectl patch pod/box cm/c -p '{"metadata":{"labels":{"both":"1"}}}'
pod/box patched
configmap/c patched
$ kubectl patch pod box -p '{"metadata":{"resourceVersion":"1","labels":{"rv":"1"}}}'
Error from server (Conflict): Operation cannot be fulfilled on pods "box": the object has been modified; please apply your changes to the latest version and try again
[exit 1]
$ kubectl patch pod box -p '{"metadata":{"uid":"other"}}'
The Pod "box" is invalid: metadata.uid: Invalid value: "other": field is immutable
[exit 1]
$ kubectl patch pod box -p '{"metadata":{"namespace":"other"}}'
Error from server (BadRequest): the namespace of the provided object does not match the namespace sent on the request
[exit 1]
$ kubectl patch pod box -p '{"metadata":{"creationTimestamp":"2020-01-01T00:00:00Z"}}'
pod/box patched (no change)
! kubectl patch pod box -p '{"kind":"Service"}'
! kubectl patch pod box -p '{"apiVersion":"v2"}'
$ kubectl replace -f - <<'EOF'
> apiVersion: v1
> kind: Pod
> metadata: {name: box}
> spec: {containers: [{name: box, image: nginx}]}
> EOF
The Pod "box" is invalid: 
* spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value
* spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds
* spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)
@@ -1,141 +1,10 @@
 {
- "Volumes": [
-  {
-   "Name": "kube-api-access-zbq48",
-   "HostPath": null,
-   "EmptyDir": null,
-   "GCEPersistentDisk": null,
-   "AWSElasticBlockStore": null,
-   "GitRepo": null,
-   "Secret": null,
-   "NFS": null,
-   "ISCSI": null,
-   "Glusterfs": null,
-   "PersistentVolumeClaim": null,
-   "RBD": null,
-   "Quobyte": null,
-   "FlexVolume": null,
-   "Cinder": null,
-   "CephFS": null,
-   "Flocker": null,
-   "DownwardAPI": null,
-   "FC": null,
-   "AzureFile": null,
-   "ConfigMap": null,
-   "VsphereVolume": null,
-   "AzureDisk": null,
-   "PhotonPersistentDisk": null,
-   "Projected": {
-    "Sources": [
-     {
-      "Secret": null,
-      "DownwardAPI": null,
-      "ConfigMap": null,
-      "ServiceAccountToken": {
-       "Audience": "",
-       "ExpirationSeconds": 3607,
-       "Path": "token"
-      },
-      "ClusterTrustBundle": null,
-      "PodCertificate": null
-     },
-     {
-      "Secret": null,
-      "DownwardAPI": null,
-      "ConfigMap": {
-       "Name": "kube-root-ca.crt",
-       "Items": [
-        {
-         "Key": "ca.crt",
-         "Path": "ca.crt",
-         "Mode": null
-        }
-       ],
-       "Optional": null
-      },
-      "ServiceAccountToken": null,
-      "ClusterTrustBundle": null,
-      "PodCertificate": null
-     },
-     {
-      "Secret": null,
-      "DownwardAPI": {
-       "Items": [
-        {
-         "Path": "namespace",
-         "FieldRef": {
-          "APIVersion": "v1",
-          "FieldPath": "metadata.namespace"
-         },
-         "ResourceFieldRef": null,
-         "Mode": null
-        }
-       ]
-      },
-      "ConfigMap": null,
-      "ServiceAccountToken": null,
-      "ClusterTrustBundle": null,
-      "PodCertificate": null
-     }
-    ],
-    "DefaultMode": 420
-   },
-   "PortworxVolume": null,
-   "ScaleIO": null,
-   "StorageOS": null,
-   "CSI": null,
-   "Ephemeral": null,
-   "Image": null
-  }
- ],
+ "Volumes": null,
  "InitContainers": null,
  "Containers": [
   {
    "Name": "box",
    "Image": "nginx:1.28",
-   "Command": null,
-   "Args": null,
-   "WorkingDir": "",
-   "Ports": null,
-   "EnvFrom": null,
-   "Env": null,
-   "Resources": {
-    "Limits": null,
-    "Requests": null,
-    "Claims": null
-   },
-   "ResizePolicy": null,
-   "RestartPolicy": null,
-   "RestartPolicyRules": null,
-   "VolumeMounts": [
-    {
-     "Name": "kube-api-access-zbq48",
-     "ReadOnly": true,
-     "RecursiveReadOnly": null,
-     "MountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
-     "SubPath": "",
-     "MountPropagation": null,
-     "SubPathExpr": ""
-    }
-   ],
-   "VolumeDevices": null,
-   "LivenessProbe": null,
-   "ReadinessProbe": null,
-   "StartupProbe": null,
-   "Lifecycle": null,
-   "TerminationMessagePath": "/dev/termination-log",
-   "TerminationMessagePolicy": "File",
-   "ImagePullPolicy": "IfNotPresent",
-   "SecurityContext": null,
-   "Stdin": false,
-   "StdinOnce": false,
-   "TTY": false
-  }
- ],
- "EphemeralContainers": [
-  {
-   "Name": "dbg",
-   "Image": "busybox",
    "Command": null,
    "Args": null,
    "WorkingDir": "",
@@ -162,18 +31,18 @@
    "SecurityContext": null,
    "Stdin": false,
    "StdinOnce": false,
-   "TTY": false,
-   "TargetContainerName": "box"
+   "TTY": false
   }
  ],
+ "EphemeralContainers": null,
  "RestartPolicy": "Always",
- "TerminationGracePeriodSeconds": 0,
+ "TerminationGracePeriodSeconds": 30,
  "ActiveDeadlineSeconds": 100,
  "DNSPolicy": "ClusterFirst",
  "NodeSelector": null,
- "ServiceAccountName": "default",
+ "ServiceAccountName": "",
  "AutomountServiceAccountToken": null,
- "NodeName": "node-1",
+ "NodeName": "",
  "SecurityContext": {
   "HostNetwork": false,
   "HostPID": false,

[exit 1]
$ kubectl debug pod/box --image=busybox -c dbg2 --attach=false
$ kubectl get pod box -o jsonpath='{.spec.ephemeralContainers[*].name}{"\n"}'
dbg dbg2
$ kubectl debug pod/box --image=busybox --copy-to=box2 --share-processes --attach=false
Defaulting debug container name to debugger-kdx2v.
$ kubectl get pod box2 -o jsonpath='{.spec.containers[*].image} {.spec.shareProcessNamespace}{"\n"}'
nginx:1.28 busybox true
$ kubectl debug pod/box
error: you must specify --image when not using --copy-to.
[exit 1]
$ kubectl delete pod --all --now | wc -l
2
