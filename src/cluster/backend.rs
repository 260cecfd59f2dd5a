//! The cluster as its administrator's commands reach it.

use super::{Cluster, ConnectionRefused};
use crate::apimachinery::http::{Request, Response, UserInfo, WithoutManagers};

impl Cluster {
    /// A request of the cluster's administrator, who may do everything.
    pub fn request_as_admin(
        &mut self,
        mut request: Request,
    ) -> Result<Response, ConnectionRefused> {
        if request.extensions().get::<UserInfo>().is_none() {
            request.extensions_mut().insert(UserInfo::new(
                "kubernetes-admin",
                &["system:masters", "system:authenticated"],
            ));
        }
        // The workstation's kubectl prints Tables and does not look at the managers in their rows.
        let accept = request.headers().get(http::header::ACCEPT);
        if accept.is_some_and(|v| v.to_str().is_ok_and(|v| v.contains("as=Table"))) {
            request.extensions_mut().insert(WithoutManagers);
        }
        self.request(request)
    }
}
