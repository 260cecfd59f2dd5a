# It is 00:00 UTC on a September day: 9 in Tokyo, 2 in Berlin.
$ kubectl create cronjob tokyo --image=busybox:1.36 --schedule='2 9 * * *' -- date
cronjob.batch/tokyo created
! kubectl patch cronjob tokyo -p '{"spec": {"timeZone": "Asia/Tokyo"}}'
$ kubectl create cronjob berlin --image=busybox:1.36 --schedule='2 9 * * *' -- date
cronjob.batch/berlin created
! kubectl patch cronjob berlin -p '{"spec": {"timeZone": "Europe/Berlin"}}'
@advance 3m
$ kubectl get cronjobs --no-headers | awk '{print $1, $7, $8, $9, ($10 == "<none>")}'
berlin Europe/Berlin False 0 1
tokyo Asia/Tokyo False 0 0
$ kubectl get jobs -o jsonpath='{range .items[*]}{.metadata.ownerReferences[0].name} {.metadata.annotations.batch\.kubernetes\.io/cronjob-scheduled-timestamp}{"\n"}{end}'
tokyo 2026-09-01T09:02:00+09:00
$ kubectl get events --field-selector involvedObject.name=tokyo -o custom-columns=TYPE:.type,REASON:.reason,MESSAGE:.message --no-headers | sed 's/tokyo-[0-9]*/JOB/'
Normal   SuccessfulCreate   Created job JOB
Normal   SawCompletedJob    Saw completed job: JOB, condition: Complete
! kubectl delete cronjobs --all
# Under Forbid one that is still running keeps the next from starting; under Replace it makes way.
$ for policy in Forbid Replace; do kubectl create cronjob $(echo $policy | tr A-Z a-z) --image=busybox:1.36 --schedule='* * * * *' --dry-run=client -o json -- sleep 90 | sed "s/\"schedule\"/\"concurrencyPolicy\": \"$policy\", \"schedule\"/" | kubectl create -f -; done
cronjob.batch/forbid created
cronjob.batch/replace created
@advance 2m20s
$ kubectl get events --field-selector involvedObject.name=forbid -o custom-columns=TYPE:.type,REASON:.reason,MESSAGE:.message --no-headers | sed 's/forbid-[0-9]*/JOB/' | sort | uniq -c | awk '{$1=$1; print}'
1 Normal JobAlreadyActive Not starting job because prior execution is running and concurrency policy is Forbid
1 Normal SuccessfulCreate Created job JOB
$ kubectl get events --field-selector involvedObject.name=replace -o custom-columns=TYPE:.type,REASON:.reason,MESSAGE:.message --no-headers | sed 's/replace-[0-9]*/JOB/' | sort | uniq -c | awk '{$1=$1; print}'
2 Normal SuccessfulCreate Created job JOB
1 Normal SuccessfulDelete Deleted job JOB
! kubectl delete cronjobs --all
# What was missed for longer than the deadline is not made up for; only so many old jobs are kept.
$ kubectl create cronjob often --image=busybox:1.36 --schedule='* * * * *' -- date
cronjob.batch/often created
! kubectl patch cronjob often -p '{"spec": {"suspend": true, "startingDeadlineSeconds": 10, "successfulJobsHistoryLimit": 1}}'
@advance 4m50s
$ kubectl patch cronjob often -p '{"spec": {"suspend": false}}'
cronjob.batch/often patched
@advance 2s
$ kubectl get jobs
No resources found in t-cronjobs namespace.
@advance 2m
$ kubectl get jobs --no-headers | wc -l | tr -d ' '
1
$ kubectl get events --field-selector involvedObject.name=often,reason=SuccessfulDelete -o custom-columns=MESSAGE:.message --no-headers | sed 's/often-[0-9]*/JOB/'
Deleted job JOB
# A time zone in the schedule is refused.
$ kubectl create cronjob old --image=busybox:1.36 --schedule='TZ=Asia/Tokyo 0 9 * * *' -- date
error: failed to create cronjob: CronJob.batch "old" is invalid: spec.schedule: Invalid value: "TZ=Asia/Tokyo 0 9 * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead
[exit 1]
