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
            let groups = vec![
                "system:masters".to_owned(),
                "system:authenticated".to_owned(),
            ];
            request.extensions_mut().insert(UserInfo {
                name: "kubernetes-admin".into(),
                groups,
            });
        }
        self.request(request)
    }
}
