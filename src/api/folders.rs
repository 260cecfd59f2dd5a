//! Folders on nodes whose machines are not the cluster's. The core reaches none of them: whoever runs it lends a way.

/// What is asked of a node about a folder for a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FolderTask {
    /// It is to be there.
    Make,
    /// It is to go, with all that is in it.
    Remove,
}

/// The way to such nodes.
pub trait NodeFolders: std::fmt::Debug + Send + Sync {
    /// What came of a task for the folder of that name on a node, once: its path there, or why it failed. None while that is not known;
    /// the first time the node is asked.
    fn ask(&self, task: FolderTask, node: &str, folder: &str) -> Option<Result<String, String>>;
}
