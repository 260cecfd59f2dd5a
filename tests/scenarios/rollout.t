# A bad image stops a rolling update with the old pods still serving; undo takes it back.
$ kubectl create deployment web --image=nginx:1.26 --replicas=4
deployment.apps/web created
$ kubectl rollout status deployment/web --timeout=60s | tail -1
deployment "web" successfully rolled out
$ kubectl set image deployment/web nginx=nginx:1.161
deployment.apps/web image updated
@advance 20s
$ kubectl get deployment web --no-headers | awk '{print $2, $3, $4}'
3/4 2 3
$ kubectl get rs -l app=web --no-headers | awk '{print $2, $3, $4}' | sort
2 2 0
3 3 3
$ kubectl get pods -l app=web --no-headers | awk '{print $2, $3}' | sort | uniq -c | awk '{print $1, $2, $3}'
2 0/1 ImagePullBackOff
3 1/1 Running
$ kubectl rollout undo deployment/web
deployment.apps/web rolled back
$ kubectl rollout status deployment/web --timeout=60s | tail -1
deployment "web" successfully rolled out
$ kubectl get deployment web -o jsonpath='{.spec.template.spec.containers[0].image} {.metadata.annotations.deployment\.kubernetes\.io/revision}{"\n"}'
nginx:1.26 3
$ kubectl rollout history deployment/web
deployment.apps/web 
REVISION  CHANGE-CAUSE
2         <none>
3         <none>

# A paused Deployment takes changes together.
$ kubectl rollout pause deployment/web
deployment.apps/web paused
$ kubectl set image deployment/web nginx=nginx:1.27
deployment.apps/web image updated
$ kubectl set env deployment/web COLOUR=blue
deployment.apps/web env updated
@advance 10s
$ kubectl rollout status deployment/web --timeout=2s
Waiting for deployment "web" rollout to finish: 0 out of 4 new replicas have been updated...
error: timed out waiting for the condition
[exit 1]
$ kubectl get deployment web --no-headers | awk '{print $2, $3, $4}'
4/4 0 4
$ kubectl rollout undo deployment/web
error: you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again
[exit 1]
$ kubectl rollout resume deployment/web
deployment.apps/web resumed
$ kubectl rollout status deployment/web --timeout=60s | tail -1
deployment "web" successfully rolled out
$ kubectl get rs -l app=web --no-headers | awk '{print $2, $3, $4}' | sort | uniq -c | awk '{print $1, $2, $3, $4}'
2 0 0 0
1 4 4 4
# Recreate takes all old pods away first.
$ kubectl patch deployment web -p '{"spec": {"strategy": {"type": "Recreate", "rollingUpdate": null}}}'
deployment.apps/web patched
$ kubectl rollout restart deployment/web
deployment.apps/web restarted
$ kubectl rollout status deployment/web --timeout=60s | tail -1
deployment "web" successfully rolled out
$ kubectl get deployment web -o jsonpath='{.spec.strategy.type} {.status.updatedReplicas}{"\n"}'
Recreate 4
