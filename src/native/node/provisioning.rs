//! Folders of this machine that volumes of the class `standard` are made of: what the helper pods of `rancher.io/local-path` do on a
//! node, the node does itself, where the control plane asks for it.

use super::folders::{self, Folders};
use crate::kubelet::server::Served;
use http::Method;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Where the kubelet's server is asked for them; the name of a folder follows.
pub const PATH: &str = "/kubarium/volumes/";

/// The name of the folder that a path of the kubelet's server is about.
pub fn asked(path: &str) -> Option<&str> {
    path.strip_prefix(PATH)
}

/// Makes a folder (PUT; answered with its path), or removes it with all that is in it (DELETE). Both may have been done before.
pub fn serve(folders: &Folders, method: &Method, name: &str) -> Served {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    if !name.starts_with("pvc-") || !name.bytes().all(plain) {
        return Served::text(400, format!("{name:?} is no name of a volume"));
    }
    let folder = folders.volumes().join(name);
    let done = match *method {
        Method::PUT => make(&folder),
        Method::DELETE => {
            folders::remove(&folder);
            match folder.symlink_metadata() {
                Ok(_) => Err(io::Error::other("it could not be removed")),
                Err(_) => Ok(()),
            }
        }
        _ => return Served::text(405, "405: Method Not Allowed"),
    };
    match done {
        Ok(()) => Served::text(200, folder.to_string_lossy()),
        Err(why) => Served::text(500, format!("{}: {why}", folder.display())),
    }
}

fn make(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
        _ => {}
    }
    fs::set_permissions(folder, Permissions::from_mode(0o777))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_made_and_removed_and_nothing_else_is() {
        let root = std::env::temp_dir().join(format!("kubarium-made-{}", std::process::id()));
        let folders = Folders {
            data: root.clone(),
            ..Folders::new("test")
        };
        fs::create_dir_all(folders.volumes()).expect("made");
        fs::write(root.join("kept"), "").expect("written");
        let put = |name: &str| serve(&folders, &Method::PUT, name);
        let made = put("pvc-1_ns_data");
        assert_eq!(made.code, 200, "{made:?}");
        let folder = Path::new(&made.body);
        assert_eq!(folder, folders.volumes().join("pvc-1_ns_data"));
        assert_eq!(
            fs::metadata(folder).expect("there").permissions().mode() & 0o7777,
            0o777
        );
        fs::write(folder.join("file"), "x").expect("written");
        assert_eq!(put("pvc-1_ns_data").code, 200);
        assert!(folder.join("file").exists());
        let delete = |name: &str| serve(&folders, &Method::DELETE, name).code;
        for name in [
            "",
            ".",
            "..",
            "../kept",
            "pvc-1/..",
            "kept",
            "pvc-/../../kept",
        ] {
            assert_eq!((put(name).code, delete(name)), (400, 400), "{name:?}");
        }
        assert_eq!(
            (delete("pvc-1_ns_data"), delete("pvc-1_ns_data")),
            (200, 200)
        );
        assert!(!folder.exists() && root.join("kept").exists());
        assert_eq!(serve(&folders, &Method::GET, "pvc-1_ns_data").code, 405);
        assert_eq!(put(&"pvc-".repeat(80)).code, 500);
        fs::remove_dir_all(root).expect("removed");
    }
}
