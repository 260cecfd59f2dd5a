//! The cluster as its administrator's commands reach it.

use super::{Cluster, ConnectionRefused};
use crate::apimachinery::http::{Request, Response, UserInfo};

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
        self.request(request)
    }
}
