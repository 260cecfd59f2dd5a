//! What functions there are, with their types: the standard ones, cel-go's extensions, and Kubernetes' libraries
//! (`apiserver/pkg/cel/library`).

use super::types::Type;

/// One signature a line: the name, the types it takes, and after the colon what it gives. A dot before the name: the first type is
/// that of the value before the dot.
const SIGNATURES: &str = "
_&&_ bool bool : bool
_||_ bool bool : bool
!_ bool : bool
-_ int : int
-_ double : double
-_ duration : duration
_?_:_ bool A A : A
_==_ A A : bool
_!=_ A A : bool
@in A list<A> : bool
@in A map<A/B> : bool
_[_] list<A> int : A
_[_] map<A/B> A : B
_[_] optional<list<A>> int : optional<A>
_[_] optional<map<A/B>> A : optional<B>
_[?_] list<A> int : optional<A>
_[?_] map<A/B> A : optional<B>
_[?_] optional<list<A>> int : optional<A>
_[?_] optional<map<A/B>> A : optional<B>
_+_ int int : int
_+_ uint uint : uint
_+_ double double : double
_+_ string string : string
_+_ bytes bytes : bytes
_+_ list<A> list<A> : list<A>
_+_ timestamp duration : timestamp
_+_ duration timestamp : timestamp
_+_ duration duration : duration
_-_ int int : int
_-_ uint uint : uint
_-_ double double : double
_-_ timestamp timestamp : duration
_-_ timestamp duration : timestamp
_-_ duration duration : duration
_*_ int int : int
_*_ uint uint : uint
_*_ double double : double
_/_ int int : int
_/_ uint uint : uint
_/_ double double : double
_%_ int int : int
_%_ uint uint : uint
_<_ bool bool : bool
_<_ string string : bool
_<_ bytes bytes : bool
_<_ timestamp timestamp : bool
_<_ duration duration : bool
_<_ int int : bool
_<_ int uint : bool
_<_ int double : bool
_<_ uint int : bool
_<_ uint uint : bool
_<_ uint double : bool
_<_ double int : bool
_<_ double uint : bool
_<_ double double : bool
size string : int
size bytes : int
size list<A> : int
size map<A/B> : int
.size string : int
.size bytes : int
.size list<A> : int
.size map<A/B> : int
int int : int
int uint : int
int double : int
int string : int
int timestamp : int
uint uint : uint
uint int : uint
uint double : uint
uint string : uint
double double : double
double int : double
double uint : double
double string : double
string string : string
string bool : string
string int : string
string uint : string
string double : string
string bytes : string
string timestamp : string
string duration : string
string ip : string
string cidr : string
bytes bytes : bytes
bytes string : bytes
bool bool : bool
bool string : bool
dyn A : dyn
type A : type
duration string : duration
duration duration : duration
duration int : duration
timestamp string : timestamp
timestamp timestamp : timestamp
timestamp int : timestamp
.contains string string : bool
.startsWith string string : bool
.endsWith string string : bool
.matches string string : bool
matches string string : bool
.getFullYear timestamp : int
.getFullYear timestamp string : int
.getMonth timestamp : int
.getMonth timestamp string : int
.getDayOfYear timestamp : int
.getDayOfYear timestamp string : int
.getDayOfMonth timestamp : int
.getDayOfMonth timestamp string : int
.getDate timestamp : int
.getDate timestamp string : int
.getDayOfWeek timestamp : int
.getDayOfWeek timestamp string : int
.getHours timestamp : int
.getHours timestamp string : int
.getHours duration : int
.getMinutes timestamp : int
.getMinutes timestamp string : int
.getMinutes duration : int
.getSeconds timestamp : int
.getSeconds timestamp string : int
.getSeconds duration : int
.getMilliseconds timestamp : int
.getMilliseconds timestamp string : int
.getMilliseconds duration : int
.charAt string int : string
.indexOf string string : int
.indexOf string string int : int
.lastIndexOf string string : int
.lastIndexOf string string int : int
.lowerAscii string : string
.upperAscii string : string
.trim string : string
.replace string string string : string
.replace string string string int : string
.split string string : list<string>
.split string string int : list<string>
.substring string int : string
.substring string int int : string
.join list<string> : string
.join list<string> string : string
.format string list<dyn> : string
strings.quote string : string
.find string string : string
.findAll string string : list<string>
.findAll string string int : list<string>
.isSorted list<A> : bool
.sum list<A> : A
.min list<A> : A
.max list<A> : A
.indexOf list<A> A : int
.lastIndexOf list<A> A : int
sets.contains list<A> list<A> : bool
sets.equivalent list<A> list<A> : bool
sets.intersects list<A> list<A> : bool
optional.of A : optional<A>
optional.ofNonZeroValue A : optional<A>
optional.none : optional<A>
.hasValue optional<A> : bool
.value optional<A> : A
.or optional<A> optional<A> : optional<A>
.orValue optional<A> A : A
quantity string : qty
isQuantity string : bool
.sign qty : int
.add qty qty : qty
.add qty int : qty
.sub qty qty : qty
.sub qty int : qty
.isLessThan qty qty : bool
.isGreaterThan qty qty : bool
.compareTo qty qty : int
.asApproximateFloat qty : double
.asInteger qty : int
.isInteger qty : bool
ip string : ip
isIP string : bool
ip.isCanonical string : bool
.family ip : int
.isUnspecified ip : bool
.isLoopback ip : bool
.isLinkLocalMulticast ip : bool
.isLinkLocalUnicast ip : bool
.isGlobalUnicast ip : bool
cidr string : cidr
isCIDR string : bool
.containsIP cidr string : bool
.containsIP cidr ip : bool
.containsCIDR cidr string : bool
.containsCIDR cidr cidr : bool
.ip cidr : ip
.masked cidr : cidr
.prefixLength cidr : int
url string : url
isURL string : bool
.getScheme url : string
.getHost url : string
.getHostname url : string
.getPort url : string
.getEscapedPath url : string
.getQuery url : map<string/list<string>>
semver string : semver
semver string bool : semver
isSemver string : bool
isSemver string bool : bool
.major semver : int
.minor semver : int
.patch semver : int
.isLessThan semver semver : bool
.isGreaterThan semver semver : bool
.compareTo semver semver : int
format.named string : optional<format>
format.dns1123Label : format
format.dns1123Subdomain : format
format.dns1035Label : format
format.qualifiedName : format
format.dns1123LabelPrefix : format
format.dns1123SubdomainPrefix : format
format.dns1035LabelPrefix : format
format.labelValue : format
format.uri : format
format.uuid : format
format.byte : format
format.date : format
format.datetime : format
.validate format string : optional<list<string>>
jsonpatch.escapeKey string : string
.path authorizer string : path
.group authorizer string : group
.serviceAccount authorizer string string : authorizer
.check path string : decision
.resource group string : resource
.subresource resource string : resource
.namespace resource string : resource
.name resource string : resource
.fieldSelector resource string : resource
.labelSelector resource string : resource
.check resource string : decision
.errored decision : bool
.error decision : string
.allowed decision : bool
.reason decision : string
";

/// A way to call a function.
pub struct Signature {
    /// What it takes; the value before the dot first.
    pub takes: Vec<Type>,
    /// What it gives.
    pub gives: Type,
}

/// The ways to call a function; none where there is no such function.
pub fn named(name: &str, method: bool) -> Vec<Signature> {
    let of = |line: &'static str| {
        let (head, gives) = line.split_once(" : ")?;
        let mut words = head.split(' ');
        let first = words.next()?;
        let plain = first.strip_prefix('.');
        let same = match method {
            true => plain == Some(name),
            false => first == name,
        };
        same.then(|| Signature {
            takes: words.map(Type::parse).collect(),
            gives: Type::parse(gives),
        })
    };
    SIGNATURES.lines().filter_map(of).collect()
}
