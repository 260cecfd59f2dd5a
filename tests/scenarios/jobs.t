# A Job runs its pods to completion, so many at a time.
$ kubectl apply -f - <<EOF
> apiVersion: batch/v1
> kind: Job
> metadata: {name: work}
> spec:
>   completions: 3
>   parallelism: 2
>   template:
>     spec:
>       restartPolicy: Never
>       containers: [{name: c, image: "busybox:1.36", command: [sh, -c, "sleep 5; echo done"]}]
> EOF
job.batch/work created
@advance 4s
$ kubectl get job work --no-headers | awk '{print $2, $3}'
Running 0/3
$ kubectl get job work -o jsonpath='{.status.active} {.status.ready}{"\n"}'
2 2
$ kubectl wait --for=condition=Complete job/work --timeout=60s
job.batch/work condition met
$ kubectl get job work --no-headers | awk '{print $2, $3}'
Complete 3/3
$ kubectl get pods -l job-name=work --no-headers | awk '{print $2, $3, $4}'
0/1 Completed 0
0/1 Completed 0
0/1 Completed 0
$ kubectl logs job/work
Found 3 pods, using pod/work-ffc22
done
$ kubectl get job work -o jsonpath='{range .status.conditions[*]}{.type}={.status} {.reason}{"\n"}{end}'
SuccessCriteriaMet=True CompletionsReached
Complete=True CompletionsReached
# One that fails is tried again later each time, until backoffLimit.
$ kubectl apply -f - <<EOF
> apiVersion: batch/v1
> kind: Job
> metadata: {name: doomed}
> spec:
>   backoffLimit: 2
>   template:
>     spec:
>       restartPolicy: Never
>       containers: [{name: c, image: "busybox:1.36", command: [sh, -c, "exit 1"]}]
> EOF
job.batch/doomed created
@advance 5s
$ kubectl get job doomed -o jsonpath='{.status.failed}{"\n"}'
1
@advance 15s
$ kubectl get job doomed -o jsonpath='{.status.failed}{"\n"}'
2
@advance 30s
$ kubectl get job doomed --no-headers | awk '{print $2, $3}'
Failed 0/1
$ kubectl get job doomed -o jsonpath='{range .status.conditions[*]}{.type}={.status} {.reason}: {.message}{"\n"}{end}'
FailureTarget=True BackoffLimitExceeded: Job has reached the specified backoff limit
Failed=True BackoffLimitExceeded: Job has reached the specified backoff limit
$ kubectl get pods -l job-name=doomed --no-headers | awk '{print $2, $3}'
0/1 Error
0/1 Error
0/1 Error
$ kubectl get events --field-selector involvedObject.name=doomed -o custom-columns=TYPE:.type,REASON:.reason,MESSAGE:.message --no-headers | sed 's/doomed-[a-z0-9]*/POD/' | sort | uniq -c | awk '{$1=$1; print}'
3 Normal SuccessfulCreate Created pod: POD
1 Warning BackoffLimitExceeded Job has reached the specified backoff limit
# A deadline.
$ kubectl apply -f - <<EOF
> apiVersion: batch/v1
> kind: Job
> metadata: {name: late}
> spec:
>   activeDeadlineSeconds: 10
>   template:
>     spec:
>       restartPolicy: Never
>       containers: [{name: c, image: "busybox:1.36", command: [sleep, 1h]}]
> EOF
job.batch/late created
@advance 15s
$ kubectl get job late -o jsonpath='{range .status.conditions[*]}{.type}={.status} {.reason}: {.message}{"\n"}{end}'
FailureTarget=True DeadlineExceeded: Job was active longer than specified deadline
# A CronJob makes one a minute.
$ kubectl create cronjob tick --image=busybox:1.36 --schedule='* * * * *' -- date
cronjob.batch/tick created
@advance 3m
$ kubectl get jobs --no-headers | grep -c '^tick-.*Complete'
3
$ kubectl patch cronjob tick -p '{"spec": {"suspend": true}}'
cronjob.batch/tick patched
$ kubectl get cronjob tick --no-headers | awk '{print $1, $2, $3, $4, $5, $6, $7, $8}'
tick * * * * * <none> True
# It goes with all that it made.
$ kubectl delete cronjob tick
cronjob.batch "tick" deleted from t-jobs namespace
@advance 5s
$ kubectl get jobs,pods --no-headers 2>&1 | grep -c tick
0
[exit 1]
