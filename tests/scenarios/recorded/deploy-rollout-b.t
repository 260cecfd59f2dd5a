! kubectl create deployment site --image=nginx:1.25 --replicas=3; kubectl patch deploy site -p '{"spec":{"revisionHistoryLimit":2,"template":{"spec":{"terminationGracePeriodSeconds":0}}}}'; kubectl rollout status deploy/site
$ kubectl rollout history deploy/site --revision=1
deployment.apps/site with revision #1
Pod Template:
  Labels:	app=site
	pod-template-hash=6cd6d7b897
  Containers:
   nginx:
    Image:	nginx:1.25
    Port:	<none>
    Host Port:	<none>
    Environment:	<none>
    Mounts:	<none>
  Volumes:	<none>
  Node-Selectors:	<none>
  Tolerations:	<none>

$ kubectl rollout history deploy/site -o yaml | grep -c image
4
! kubectl rollout history deploy/site --revision=2 -o jsonpath='{.spec.template.spec.containers[0].image}{"\n"}'
! kubectl rollout history deploy
$ kubectl rollout history deploy/site --revision=-1
error: revision must be a positive integer: -1
[exit 1]
$ kubectl rollout history
error: required resource not specified
[exit 1]
$ kubectl rollout restart deploy/site
deployment.apps/site restarted
$ kubectl rollout status deploy/site | tail -1
deployment "site" successfully rolled out
$ kubectl get deploy site -o jsonpath='{.spec.template.metadata.annotations}{"\n"}' | sed 's/:"[^"]*"/:T/'
{"kubectl.kubernetes.io/restartedAt":T}
$ kubectl set image deploy site nginx=nginx:1.26
deployment.apps/site image updated
$ kubectl rollout status deploy/site | tail -1
deployment "site" successfully rolled out
$ kubectl set image deploy site nginx=nginx:1.27
deployment.apps/site image updated
$ kubectl rollout status deploy/site | tail -1
deployment "site" successfully rolled out
! sleep 1
$ kubectl rollout history deploy/site
deployment.apps/site 
REVISION  CHANGE-CAUSE
3         <none>
4         <none>
5         <none>

$ kubectl get rs -l app=site --no-headers | wc -l
3
$ kubectl rollout undo deploy/site --dry-run=client
deployment.apps/site Pod Template:
  Labels:	app=site
	pod-template-hash=6d796bb774
  Annotations:	kubectl.kubernetes.io/restartedAt: 2026-11-30T15:46:25Z
  Containers:
   nginx:
    Image:	nginx:1.26
    Port:	<none>
    Host Port:	<none>
    Environment:	<none>
    Mounts:	<none>
  Volumes:	<none>
  Node-Selectors:	<none>
  Tolerations:	<none>
 (dry run)
$ kubectl rollout undo deploy/site --dry-run=server
deployment.apps/site rolled back (server dry run)
$ kubectl rollout undo deploy/site --to-revision=4 --dry-run=client
deployment.apps/site Pod Template:
  Labels:	app=site
	pod-template-hash=6d796bb774
  Annotations:	kubectl.kubernetes.io/restartedAt: 2026-11-30T15:46:25Z
  Containers:
   nginx:
    Image:	nginx:1.26
    Port:	<none>
    Host Port:	<none>
    Environment:	<none>
    Mounts:	<none>
  Volumes:	<none>
  Node-Selectors:	<none>
  Tolerations:	<none>
 (dry run)
! kubectl rollout undo deploy/site --to-revision=5
$ kubectl rollout undo deploy/site --to-revision=1
error: unable to find specified revision 1 in history
[exit 1]
! kubectl rollout undo deploy/site --to-revision=4
$ kubectl rollout status deploy/site --revision=5
error: desired revision (5) is different from the running revision (6)
[exit 1]
! kubectl rollout status deploy/site --watch=false | tail -1
! kubectl rollout status deploy/site
$ kubectl rollout pause deploy/site
deployment.apps/site paused
$ kubectl describe deploy site | grep -A5 ^Conditions
Conditions:
  Type           Status   Reason
  ----           ------   ------
  Available      True     MinimumReplicasAvailable
  Progressing    Unknown  DeploymentPaused
OldReplicaSets:  site-59487c779f (0/0 replicas created), site-57d645bcb5 (0/0 replicas created)
$ kubectl set image deploy site nginx=nginx:1.28
deployment.apps/site image updated
$ kubectl set resources deploy site --limits=memory=64Mi
deployment.apps/site resource requirements updated
! sleep 1
$ kubectl get deploy site
NAME   READY   UP-TO-DATE   AVAILABLE   AGE
site   3/3     0            3           58s
$ kubectl get deploy site -o jsonpath='{range .status.conditions[*]}{.type} {.status} {.reason} {.message}{"\n"}{end}'
Available True MinimumReplicasAvailable Deployment has minimum availability.
Progressing Unknown DeploymentPaused Deployment is paused
$ kubectl rollout status deploy/site --timeout=2s
Waiting for deployment "site" rollout to finish: 0 out of 3 new replicas have been updated...
error: timed out waiting for the condition
[exit 1]
$ kubectl rollout status deploy/site --watch=false
Waiting for deployment "site" rollout to finish: 0 out of 3 new replicas have been updated...
$ kubectl scale deploy site --replicas=2
deployment.apps/site scaled
! sleep 1
$ kubectl get deploy site --no-headers | awk '{print $2,$3,$4}'
2/2 0 2
$ kubectl rollout resume deploy/site
deployment.apps/site resumed
$ kubectl rollout status deploy/site | tail -1
deployment "site" successfully rolled out
$ kubectl get deploy site -o jsonpath='{range .status.conditions[*]}{.type} {.status} {.reason}{"\n"}{end}'
Available True MinimumReplicasAvailable
Progressing True NewReplicaSetAvailable
$ kubectl rollout history deploy/site
deployment.apps/site 
REVISION  CHANGE-CAUSE
5         <none>
6         <none>
7         <none>

$ kubectl rollout pause deploy/site deploy/ghost
deployment.apps/site paused
Error from server (NotFound): deployments.apps "ghost" not found
[exit 1]
$ kubectl rollout resume deploy/ghost
Error from server (NotFound): deployments.apps "ghost" not found
[exit 1]
$ kubectl rollout pause rs/x
Error from server (NotFound): replicasets.apps "x" not found
[exit 1]
$ kubectl rollout restart rs -l app=site
error: replicasets.apps "site-57d645bcb5" restarting is not supported
error: replicasets.apps "site-68c79df6ff" restarting is not supported
error: replicasets.apps "site-6d796bb774" restarting is not supported
[exit 1]
$ kubectl rollout restart deploy -l app=site
error: deployments.apps "site" can't restart paused deployment (run rollout resume first)
[exit 1]
$ kubectl rollout restart deploy/site
error: deployments.apps "site" can't restart paused deployment (run rollout resume first)
[exit 1]
$ kubectl rollout resume deploy -l app=site
deployment.apps/site resumed
$ kubectl rollout restart deploy -l app=none
No resources found in t-deploy-rollout-b namespace.
$ kubectl rollout status deploy -l app=none
No resources found in t-deploy-rollout-b namespace.
$ kubectl rollout status
error: required resource not specified
[exit 1]
$ kubectl rollout nope
error: unknown command "nope"
See 'kubectl rollout -h' for help and examples
[exit 1]
$ kubectl rollout undo svc/site
Error from server (NotFound): services "site" not found
[exit 1]
$ kubectl annotate deploy site kubernetes.io/change-cause='by hand' --overwrite
deployment.apps/site annotated
$ kubectl rollout status deploy site | tail -1
deployment "site" successfully rolled out
$ kubectl rollout history deploy site | tail -3
6         <none>
7         by hand

$ kubectl describe deploy site | sed -n '/^Events/,$p' | awk '{print $1,$2}' | sort -u
---- ------
Events: 
Normal ScalingReplicaSet
Type Reason
