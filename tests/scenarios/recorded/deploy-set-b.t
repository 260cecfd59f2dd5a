! kubectl create deployment api --image=nginx:1.27 --image=redis:7; kubectl create cronjob cj --image=busybox --schedule='@daily'; kubectl create job jb --image=busybox; kubectl run solo --image=nginx:1.27 --overrides='{"spec":{"nodeName":"node-1","terminationGracePeriodSeconds":0}}'
$ kubectl set image deploy/api nginx=nginx:1.28 redis=redis:8
deployment.apps/api image updated
$ kubectl set image deploy api '*=busybox' --dry-run=client -o jsonpath='{.spec.template.spec.containers[*].image}{"\n"}'
busybox busybox
$ kubectl set image deploy/api nginx=nginx:1.28 --dry-run=server
$ kubectl set image deploy/api nginx=nginx:1.28 nginx=nginx:1.29
deployment.apps/api image updated
$ kubectl set image deploy/api
error: at least one image update is required
[exit 1]
$ kubectl set image nginx=nginx:1
error: You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'
[exit 1]
$ kubectl set image deploy/api nginx=nginx:1.28 --local -o name
error: you must specify resources by --filename when --local is set.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
[exit 1]
$ kubectl set image deploy,cj --all busybox=x
error: unable to find container named "busybox"
error: unable to find container named "busybox"
[exit 1]
$ kubectl set image deploy/api cronjob/cj nginx=nginx:1.30
deployment.apps/api image updated
error: unable to find container named "nginx"
[exit 1]
$ kubectl set image job/jb jb=busybox:2
error: failed to patch image update to pod template: Job.batch "jb" is invalid: spec.template: Invalid value: {"labels":{"batch.kubernetes.io/controller-uid":"e24d7de5-fe5c-4cdb-947a-3547ab5dd4be","batch.kubernetes.io/job-name":"jb","controller-uid":"e24d7de5-fe5c-4cdb-947a-3547ab5dd4be","job-name":"jb"},"Spec":{"Volumes":null,"InitContainers":null,"Containers":[{"Name":"jb","Image":"busybox:2","Command":null,"Args":null,"WorkingDir":"","Ports":null,"EnvFrom":null,"Env":null,"Resources":{"Limits":null,"Requests":null,"Claims":null},"ResizePolicy":null,"RestartPolicy":null,"RestartPolicyRules":null,"VolumeMounts":null,"VolumeDevices":null,"LivenessProbe":null,"ReadinessProbe":null,"StartupProbe":null,"Lifecycle":null,"TerminationMessagePath":"/dev/termination-log","TerminationMessagePolicy":"File","ImagePullPolicy":"Always","SecurityContext":null,"Stdin":false,"StdinOnce":false,"TTY":false}],"EphemeralContainers":null,"RestartPolicy":"Never","TerminationGracePeriodSeconds":30,"ActiveDeadlineSeconds":null,"DNSPolicy":"ClusterFirst","NodeSelector":null,"ServiceAccountName":"","AutomountServiceAccountToken":null,"NodeName":"","SecurityContext":{"HostNetwork":false,"HostPID":false,"HostIPC":false,"ShareProcessNamespace":null,"HostUsers":null,"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":null,"RunAsGroup":null,"RunAsNonRoot":null,"SupplementalGroups":null,"SupplementalGroupsPolicy":null,"FSGroup":null,"FSGroupChangePolicy":null,"Sysctls":null,"SeccompProfile":null,"AppArmorProfile":null,"SELinuxChangePolicy":null},"ImagePullSecrets":null,"Hostname":"","Subdomain":"","SetHostnameAsFQDN":null,"Affinity":null,"SchedulerName":"default-scheduler","Tolerations":null,"HostAliases":null,"PriorityClassName":"","Priority":null,"PreemptionPolicy":null,"DNSConfig":null,"ReadinessGates":null,"RuntimeClassName":null,"Overhead":null,"EnableServiceLinks":null,"TopologySpreadConstraints":null,"OS":null,"SchedulingGates":null,"ResourceClaims":null,"Resources":null,"HostnameOverride":null,"SchedulingGroup":null}}: field is immutable
[exit 1]
$ kubectl set image -f - nginx=nginx:9 --local -o yaml <<'EOF'
> apiVersion: v1
> kind: Pod
> metadata: {name: f}
> spec: {containers: [{name: nginx, image: "nginx:1"}]}
> EOF
apiVersion: v1
kind: Pod
metadata:
  name: f
spec:
  containers:
  - image: nginx:9
    name: nginx
    resources: {}
status: {}
$ kubectl set image svc/x a=b
Error from server (NotFound): services "x" not found
[exit 1]
$ kubectl set image configmap/kube-root-ca.crt a=b
error: configmaps/kube-root-ca.crt the object is not a pod or does not have a pod template: *v1.ConfigMap
[exit 1]
$ kubectl set resources deploy api -c=nginx --limits=cpu=100m
deployment.apps/api resource requirements updated
$ kubectl set resources deploy api -c=none --limits=cpu=100m
error: unable to find container named none
[exit 1]
$ kubectl set resources deploy api --requests=cpu=1
error: failed to patch resources update to pod template Deployment.apps "api" is invalid: spec.template.spec.containers[0].resources.requests: Invalid value: "1": must be less than or equal to cpu limit of 100m
[exit 1]
$ kubectl set resources deploy api --requests=cpu=0,memory=0 --limits=cpu=0,memory=0
deployment.apps/api resource requirements updated
$ kubectl set resources deploy api --limits=gold=1
error: failed to patch resources update to pod template Deployment.apps "api" is invalid: [spec.template.spec.containers[0].resources.limits[gold]: Invalid value: "gold": must be a standard resource type or fully qualified, spec.template.spec.containers[0].resources.limits[gold]: Invalid value: "gold": must be a standard resource for containers, spec.template.spec.containers[1].resources.limits[gold]: Invalid value: "gold": must be a standard resource type or fully qualified, spec.template.spec.containers[1].resources.limits[gold]: Invalid value: "gold": must be a standard resource for containers]
[exit 1]
$ kubectl set resources deploy api --limits=cpu
error: Invalid argument syntax cpu, expected <resource>=<value>
[exit 1]
$ kubectl set resources deploy api --limits=cpu=1 --dry-run=client -o jsonpath='{.spec.template.spec.containers[*].resources}{"\n"}'
{"limits":{"cpu":"1","memory":"0"},"requests":{"cpu":"0","memory":"0"}} {"limits":{"cpu":"1","memory":"0"},"requests":{"cpu":"0","memory":"0"}}
$ kubectl set resources cj cj --limits=cpu=1
cronjob.batch/cj resource requirements updated
$ kubectl set resources pod solo --limits=cpu=1
error: failed to patch resources update to pod template Pod "solo" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)
@@ -118,8 +118,12 @@
    "EnvFrom": null,
    "Env": null,
    "Resources": {
-    "Limits": null,
-    "Requests": null,
+    "Limits": {
+     "cpu": "1"
+    },
+    "Requests": {
+     "cpu": "1"
+    },
     "Claims": null
    },
    "ResizePolicy": null,
[exit 1]
$ kubectl set serviceaccount deploy/api robot
deployment.apps/api serviceaccount updated
$ kubectl set sa deploy api robot2 -o name
deployment.apps/api
$ kubectl set serviceaccount deploy/api
error: You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'
[exit 1]
$ kubectl set serviceaccount cj/cj robot
cronjob.batch/cj serviceaccount updated
$ kubectl set serviceaccount pod/solo robot
error: failed to patch ServiceAccountName Pod "solo" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)
@@ -156,7 +156,7 @@
  "ActiveDeadlineSeconds": null,
  "DNSPolicy": "ClusterFirst",
  "NodeSelector": null,
- "ServiceAccountName": "default",
+ "ServiceAccountName": "robot",
  "AutomountServiceAccountToken": null,
  "NodeName": "node-1",
  "SecurityContext": {
[exit 1]
$ kubectl set selector pod solo a=b
error: setting a selector is only supported for Services
[exit 1]
$ kubectl create service clusterip s --tcp=80
service/s created
$ kubectl set selector svc s 'a=b,c=d'
service/s selector updated
$ kubectl get svc s -o jsonpath='{.spec.selector}{"\n"}'
{"a":"b","c":"d"}
$ kubectl set selector svc s 'a in (b)'
error: match expression [{a In [b]}] not supported on this object
[exit 1]
$ kubectl set selector svc s a=b --dry-run=client -o yaml | grep -A1 selector
  selector:
    a: b
$ kubectl set selector svc s --all a=z
service/s selector updated
$ kubectl set selector svc s
error: resource(s) were provided, but no name was specified
[exit 1]
! kubectl set
$ kubectl set nothing
error: unknown command "nothing"
See 'kubectl set -h' for help and examples
[exit 1]
$ kubectl annotate deploy api a=1 b=2
deployment.apps/api annotated
$ kubectl annotate deploy api a=1
deployment.apps/api annotated
$ kubectl annotate deploy api a=2
error: --overwrite is false but found the following declared annotation(s): 'a' already has a value (1)
[exit 1]
$ kubectl annotate deploy api a=2 --overwrite b-
deployment.apps/api annotated
! kubectl annotate deploy api --list
$ kubectl annotate deploy api a=1 a-
error: can not both modify and remove the following annotation(s) in the same command: a
[exit 1]
$ kubectl annotate deploy --all z=1
deployment.apps/api annotated
$ kubectl annotate deploy api 'bad key=1'
The Deployment "api" is invalid: metadata.annotations: Invalid value: "bad key": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')
[exit 1]
$ kubectl annotate deploy api ghost-
deployment.apps/api annotated
$ kubectl label deploy api --list
app=api
$ kubectl label deploy api a=1 --resource-version=1
Error from server (Conflict): Operation cannot be fulfilled on deployments.apps "api": the object has been modified; please apply your changes to the latest version and try again
[exit 1]
$ kubectl label deploy api a=1 --dry-run=client
deployment.apps/api labeled (dry run)
$ kubectl label deploy api a=1 --dry-run=server -o jsonpath='{.metadata.labels}{"\n"}'
{"a":"1","app":"api"}
$ kubectl label deploy api a=1 b=2 c-
label "c" not found.
deployment.apps/api labeled
$ kubectl label deploy api a=1 b=3
error: 'b' already has a value (2), and --overwrite is false
[exit 1]
$ kubectl label deploy api a=1
deployment.apps/api not labeled
$ kubectl label deploy api a=$(printf 'x%.0s' $(seq 64))
error: invalid label value: "a=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx": must be no more than 63 bytes
[exit 1]
$ kubectl label deploy api a
error: at least one label update is required
[exit 1]
$ kubectl label deploy
error: at least one label update is required
[exit 1]
$ kubectl label deploy api
error: at least one label update is required
[exit 1]
$ kubectl label deploy api x=1 --local -o name
error: can only use local files by -f pod.yaml or --filename=pod.json when --local=true is set
[exit 1]
$ kubectl label pod,svc --all k=v
pod/api-558b598d94-m6g7f labeled
pod/jb-hd9tk labeled
pod/solo labeled
service/s labeled
$ kubectl label pods -l run=solo --overwrite k=w -o name
pod/solo
$ kubectl label pods --field-selector metadata.name=solo k-
pod/solo unlabeled
