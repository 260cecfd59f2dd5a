//! `get`.

use super::super::ApiServer;
use super::super::call::{Answer, Call};
use super::super::storage::Storage;
use super::list::check_revision;
use crate::apimachinery::Value;
use crate::apimachinery::status::Status;

impl ApiServer {
    pub(in super::super) fn get_object(&mut self, call: &Call) -> Result<Answer, Status> {
        if call.resource.is("", "componentstatuses") {
            return self.component_status(call);
        }
        let version = call.query.get("resourceVersion");
        if !version.is_empty() {
            let asked = version.parse().map_err(|_| {
                Status::bad_request(format!(
                    "invalid resource version: resourceVersion: Invalid value: {version:?}: strconv.ParseUint: parsing {version:?}: invalid syntax"
                ))
            })?;
            check_revision(asked, self.storage.revision())?;
        }
        let object = self.stored(call)?.clone();
        self.shown(call, 200, object)
    }

    /// The stored object that the call names.
    ///
    /// # Errors
    /// 404.
    pub(in super::super) fn stored(&self, call: &Call) -> Result<&Value, Status> {
        let key = call.resource.key(&call.info.namespace, &call.info.name);
        self.storage
            .get(call.resource.table, &key)
            .ok_or_else(|| call.resource.not_found(&call.info.name))
    }
}
