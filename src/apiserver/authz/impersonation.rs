//! Acting as somebody else (`endpoints/filters/impersonation`): `Impersonate-*` headers, each of which needs the verb
//! `impersonate`.

use super::{Attributes, Decision};
use crate::apimachinery::http::UserInfo;
use crate::apimachinery::status::Status;
use crate::apiserver::ApiServer;
use crate::apiserver::query::decode_segment;
use crate::collections::Arrange;
use http::{HeaderMap, HeaderName};

const USER: HeaderName = HeaderName::from_static("impersonate-user");
const GROUP: HeaderName = HeaderName::from_static("impersonate-group");
const UID: HeaderName = HeaderName::from_static("impersonate-uid");
const EXTRA: &str = "impersonate-extra-";
const ACCOUNT: &str = "system:serviceaccount:";
const ANONYMOUS: &str = "system:anonymous";
const AUTHENTICATED: &str = "system:authenticated";
const UNAUTHENTICATED: &str = "system:unauthenticated";

/// Who is asked for by headers, if anybody.
fn wanted(headers: &HeaderMap) -> Option<UserInfo> {
    let all = |name: &HeaderName| -> Vec<String> {
        let values = headers.get_all(name).iter();
        values
            .filter_map(|v| v.to_str().ok())
            .map(str::to_owned)
            .collect()
    };
    let first = |name: &HeaderName| all(name).into_iter().next().unwrap_or_default();
    let mut extra: Vec<(String, Vec<String>)> = headers
        .keys()
        .filter_map(|k| {
            let key = k.as_str().strip_prefix(EXTRA)?;
            Some((decode_segment(key), all(k)))
        })
        .collect();
    extra.arrange();
    let user = UserInfo {
        name: first(&USER),
        uid: first(&UID),
        groups: all(&GROUP),
        extra,
    };
    (user != UserInfo::default()).then_some(user)
}

/// The groups that a user belongs to without being asked for.
fn complete(user: &mut UserInfo) {
    if user.groups.is_empty()
        && let Some((namespace, _)) = user
            .name
            .strip_prefix(ACCOUNT)
            .and_then(|account| account.split_once(':'))
    {
        user.groups = vec![
            "system:serviceaccounts".to_owned(),
            format!("system:serviceaccounts:{namespace}"),
        ];
    }
    let in_either = |g: &String| g == AUTHENTICATED || g == UNAUTHENTICATED;
    if user.name == ANONYMOUS {
        if !user.groups.iter().any(|g| g == UNAUTHENTICATED) {
            user.groups.push(UNAUTHENTICATED.to_owned());
        }
    } else if !user.groups.iter().any(in_either) {
        user.groups.push(AUTHENTICATED.to_owned());
    }
}

impl ApiServer {
    /// The user as whom a request is served: the sender, or whom the sender may impersonate.
    ///
    /// # Errors
    /// 403 where the sender may not; 500 where groups, a UID or extras are asked for without a user.
    pub(in super::super) fn impersonate(
        &mut self,
        sender: UserInfo,
        headers: &HeaderMap,
        path: &str,
    ) -> Result<UserInfo, Status> {
        let Some(mut user) = wanted(headers) else {
            return Ok(sender);
        };
        if user.name.is_empty() {
            let text = format!(
                "Internal Server Error: {path:?}: requested {:?} without impersonating a user",
                user.groups
            );
            return Err(Status::failure(500, "InternalError", text));
        }
        let account = user
            .name
            .strip_prefix(ACCOUNT)
            .and_then(|account| account.split_once(':'));
        let asked = |group, resource, subresource, namespace, name| Attributes {
            is_resource: true,
            verb: "impersonate",
            group,
            resource,
            subresource,
            namespace,
            name,
            ..Attributes::default()
        };
        let mut all = vec![match account {
            Some((namespace, name)) => asked("", "serviceaccounts", "", namespace, name),
            None => asked("", "users", "", "", user.name.as_str()),
        }];
        all.extend(user.groups.iter().map(|g| asked("", "groups", "", "", g)));
        let authentication = "authentication.k8s.io";
        for (key, values) in &user.extra {
            let each = values.iter();
            all.extend(each.map(|v| asked(authentication, "userextras", key, "", v)));
        }
        if !user.uid.is_empty() {
            all.push(asked(authentication, "uids", "", "", user.uid.as_str()));
        }
        for attributes in all {
            let decision = self.authz.authorize(&self.storage, &sender, &attributes);
            if let Decision::NoOpinion(reason) = decision {
                return Err(attributes.forbidden(&sender, &reason));
            }
        }
        complete(&mut user);
        Ok(user)
    }
}
