# A container that fails is started again at once, then after 10 s, 20 s, 40 s … up to five minutes.
$ kubectl run crash --image=busybox:1.36 -- sh -c 'echo begun; sleep 1; echo oops >&2; exit 3'
pod/crash created
@advance 8s
$ kubectl get pod crash --no-headers | awk '{print $2, $3, $4}'
0/1 CrashLoopBackOff 1
$ kubectl get pod crash -o jsonpath='{.status.phase} {.status.containerStatuses[0].state.waiting.message}{"\n"}' | sed 's/(.*)/(UID)/'
Running back-off 10s restarting failed container=crash pod=crash_t-crash-loop(UID)
$ kubectl get pod crash -o jsonpath='{.status.containerStatuses[0].lastState.terminated.exitCode} {.status.containerStatuses[0].lastState.terminated.reason}{"\n"}'
3 Error
$ kubectl logs crash
begun
oops
$ kubectl logs crash --previous
begun
oops
@advance 10s
$ kubectl get pod crash -o jsonpath='{.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].state.waiting.message}{"\n"}' | sed 's/ restarting.*//'
2 back-off 20s
@advance 20s
$ kubectl get pod crash -o jsonpath='{.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].state.waiting.message}{"\n"}' | sed 's/ restarting.*//'
3 back-off 40s
@advance 40s
$ kubectl get pod crash -o jsonpath='{.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].state.waiting.message}{"\n"}' | sed 's/ restarting.*//'
4 back-off 1m20s
@advance 80s
$ kubectl get pod crash -o jsonpath='{.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].state.waiting.message}{"\n"}' | sed 's/ restarting.*//'
5 back-off 2m40s
@advance 160s
$ kubectl get pod crash -o jsonpath='{.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].state.waiting.message}{"\n"}' | sed 's/ restarting.*//'
6 back-off 5m0s
@advance 305s
$ kubectl get pod crash -o jsonpath='{.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].state.waiting.message}{"\n"}' | sed 's/ restarting.*//'
7 back-off 5m0s
$ kubectl get events --field-selector involvedObject.name=crash -o custom-columns=TYPE:.type,REASON:.reason,MESSAGE:.message --no-headers | grep -v Pulled | sed 's/(.*)/(UID)/' | sort -u
Normal    Created     Container created
Normal    Pulling     Pulling image "busybox:1.36"
Normal    Scheduled   Successfully assigned t-crash-loop/crash to worker-1
Normal    Started     Container started
Warning   BackOff     Back-off restarting failed container crash in pod crash_t-crash-loop(UID)
# A command that is not there.
$ kubectl run nocmd --image=busybox:1.36 --restart=Never --command -- nosuch
pod/nocmd created
@advance 5s
$ kubectl get pod nocmd --no-headers | awk '{print $2, $3, $4}'
0/1 StartError 0
$ kubectl get pod nocmd -o jsonpath='{.status.containerStatuses[0].state.terminated.reason} {.status.containerStatuses[0].state.terminated.exitCode}{"\n"}'
StartError 128
# What ends is not started again when the policy says so.
$ kubectl run once --image=busybox:1.36 --restart=Never -- sh -c 'exit 2'
pod/once created
$ kubectl run well --image=busybox:1.36 --restart=OnFailure -- true
pod/well created
@advance 5s
$ kubectl get pods once well --no-headers | awk '{print $1, $2, $3, $4}'
once 0/1 Error 0
well 0/1 Completed 0
