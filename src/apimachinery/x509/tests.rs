//! The keys are made up for these tests and used nowhere else.

use super::*;

const EC_KEY: &str = "-----BEGIN EC PRIVATE KEY-----
MHcCAQEEILxsWegJQrGHAYhDhoXVG6LEwcIpPDOYuUoxX4QO8WDdoAoGCCqGSM49
AwEHoUQDQgAE4uh+XIha2CbqpUnlDMheKzRNj+8vKL+2kMyIMrbvZJRLzQF7uaQy
aJ/Kfw0AE1Eg1Cqu6+kgFq8it7rL/Zpd1Q==
-----END EC PRIVATE KEY-----
";
const EC_CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIBbjCCARWgAwIBAgIUErQ1vNp3KkdJ8nnAh3igNXRj1HMwCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBeDAgFw0yNjExMzAxMTIyMDVaGA8yMTI2MTEwNjExMjIwNVow
DDEKMAgGA1UEAwwBeDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABOLoflyIWtgm
6qVJ5QzIXis0TY/vLyi/tpDMiDK272SUS80Be7mkMmifyn8NABNRINQqruvpIBav
Ire6y/2aXdWjUzBRMB0GA1UdDgQWBBRwZgCrlBfrngT/mWi0bqBS6GcVBDAfBgNV
HSMEGDAWgBRwZgCrlBfrngT/mWi0bqBS6GcVBDAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0cAMEQCIAyMuQfSMx2H9CR4jqsiX0MLtanXHTtHspg1fybCnLiO
AiBABGWpBptafXnVbLumNNUPBRdS2DM4UlxWv3rMYuAPrg==
-----END CERTIFICATE-----
";
const RSA_KEY: &str = "-----BEGIN RSA PRIVATE KEY-----
MIIBOQIBAAJBANGUWMRvpvtfrWfrCZ3cmsGvnWuZO3Of2EEyuRYMa/HnaWf2Oz4t
z7xJevKM/oEKft8cIbHR/OAxuAYf/Z1wK7MCAwEAAQJAd0sxm97R9ZPoaJZoyuqf
TFBiErUOGiqKNdJheCNp7i754rvgZuWE9lTTL3PpXIZQFnpBB/uSgaXehjO2sOsv
AQIhAP95yYbRXLFYldDHlHJTY7Bo/j8YZh0MqR+DGjHKT+yRAiEA0gJyvGvl2DNS
iSS37KKXZxsvkQCMI3uGnj+W+U4lBgMCIDL7BKIoqUyiltLg4Ninl18etI22urnV
SvKE4PdKngRhAiBOWuN8MbW8CMoOqUiGXdOngJkqvM2Mn5YGjStDMUjXCQIgSNxy
sA6D+t+3GAmCZRiirGI+jRiCvSj+cwDSSHcl0CY=
-----END RSA PRIVATE KEY-----
";
const RSA_CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIBcTCCARugAwIBAgIUPdxrRDhZkKNcqUuWCMh6cep1BhUwDQYJKoZIhvcNAQEL
BQAwDDEKMAgGA1UEAwwBeDAgFw0yNjExMzAxMTIyMDVaGA8yMTI2MTEwNjExMjIw
NVowDDEKMAgGA1UEAwwBeDBcMA0GCSqGSIb3DQEBAQUAA0sAMEgCQQDRlFjEb6b7
X61n6wmd3JrBr51rmTtzn9hBMrkWDGvx52ln9js+Lc+8SXryjP6BCn7fHCGx0fzg
MbgGH/2dcCuzAgMBAAGjUzBRMB0GA1UdDgQWBBRL23FvwAuSxDtrhRaX9h/qEhJY
DzAfBgNVHSMEGDAWgBRL23FvwAuSxDtrhRaX9h/qEhJYDzAPBgNVHRMBAf8EBTAD
AQH/MA0GCSqGSIb3DQEBCwUAA0EAjc4rnXXGOPDfuv+2IwJD6cUtuzKPf85ZkHUp
yeHSZc31BeP++QAJfy56AbcFbUSZ1P76z0uCEQ7daw7E/WSQDw==
-----END CERTIFICATE-----
";
const OTHER_RSA_KEY: &str = "-----BEGIN PRIVATE KEY-----
MIIBVAIBADANBgkqhkiG9w0BAQEFAASCAT4wggE6AgEAAkEAu/yZf56DTiCfrU8S
W5nifwOIAZszuMGuoeaGIJlV116G4qFgnb3AEf/yE3azFlWmd2HHCNjEJN+urMQD
7JsARwIDAQABAkB5+Gk37odPd8di0X0dxfi5ZHcoY6TpaXF/Rm0cVaDmvSeUNIy2
/JZ6DmA5/C3ZYtuyBIIFwqqYaHKHy0Qs++JhAiEA4GrlKxFYwSJbGRYG+tds8Ayk
/rH8mYGXLYP+wQQpjQ8CIQDWcTVSgmei0eXg3+LCPgOFXpAcYfUgAue6DPtG1O/J
SQIgV48dbtpLyL8A0B7aBlC6/kXQslb7eWEofOe9I83d8F0CIQDBxcJ9MEEdq7Wh
oi1xgEAGQBDQ1ON/baCfSiO1Oa0DoQIgMs8nahQXMal3fp1ZEJ1VrGLWcfA3fFwg
tPP/v5/LdEM=
-----END PRIVATE KEY-----
";
const ED_KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJWGhnhgxOSzBvvVymAgoIn93InZW3cta21pWUyHZKrS
-----END PRIVATE KEY-----
";
const ED_CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIBLjCB4aADAgECAhQAkCAPKbl2KHmYydoY1s5YEVYtDjAFBgMrZXAwDDEKMAgG
A1UEAwwBeDAgFw0yNjExMzAxMTIyMDVaGA8yMTI2MTEwNjExMjIwNVowDDEKMAgG
A1UEAwwBeDAqMAUGAytlcAMhAHWfY0+Ma90AUov6+iIxly3LpfRX4Iwt8WjtFtl6
8fM6o1MwUTAdBgNVHQ4EFgQUMJf1TAb0xlXPJtclPCwEbDDtVb4wHwYDVR0jBBgw
FoAUMJf1TAb0xlXPJtclPCwEbDDtVb4wDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXAD
QQCiRU/yYdrjUzix+2wRJJJ2apVHakCWt9obknn8fzsc1paRm+S6m7lzd2QU8ERt
428gEAW02zIZ7xktcuhWBLIL
-----END CERTIFICATE-----
";
const REQUEST: &str = "-----BEGIN CERTIFICATE REQUEST-----
MIIBYjCCAQwCAQAwVDEOMAwGA1UEAwwFYWxpY2UxDDAKBgNVBAoMA2RldjEKMAgG
A1UECwwBeDELMAkGA1UEBhMCS1IxDjAMBgNVBAcMBVNlb3VsMQswCQYDVQQKDAJx
YTBcMA0GCSqGSIb3DQEBAQUAA0sAMEgCQQDRlFjEb6b7X61n6wmd3JrBr51rmTtz
n9hBMrkWDGvx52ln9js+Lc+8SXryjP6BCn7fHCGx0fzgMbgGH/2dcCuzAgMBAAGg
UzBRBgkqhkiG9w0BCQ4xRDBCMEAGA1UdEQQ5MDeCA2EuYoIDYy5kgQV4QHkueocE
AQIDBIYMc3BpZmZlOi8veC95hxAAAAAAAAAAAAAAAAAAAAABMA0GCSqGSIb3DQEB
CwUAA0EAAndkvrCCWp17i9jjxXWvOgkoeQ3vo56iMBd5QuH+cn8myVPUE/r9jw7b
6hAxgyNgpqWlMIKh8waz0JDWFq2qAg==
-----END CERTIFICATE REQUEST-----
";

#[test]
fn a_key_has_to_fit_its_certificate() {
    let fits = "";
    let other_kind = "tls: private key type does not match public key type";
    let broken = RSA_KEY.replacen("\nMIIB", "\nMIIC", 1);
    let malformed = RSA_CERTIFICATE.replacen("\nMI", "\nMa", 1);
    let chain = format!("text before\n{RSA_CERTIFICATE}{REQUEST}");
    for (certificate, key, want) in [
        (RSA_CERTIFICATE, RSA_KEY, fits),
        (EC_CERTIFICATE, EC_KEY, fits),
        (ED_CERTIFICATE, ED_KEY, fits),
        (chain.as_str(), RSA_KEY, fits),
        (
            RSA_CERTIFICATE,
            OTHER_RSA_KEY,
            "tls: private key does not match public key",
        ),
        (RSA_CERTIFICATE, EC_KEY, other_kind),
        (EC_CERTIFICATE, RSA_KEY, other_kind),
        (ED_CERTIFICATE, OTHER_RSA_KEY, other_kind),
        (
            "",
            RSA_KEY,
            "tls: failed to find any PEM data in certificate input",
        ),
        (
            RSA_CERTIFICATE,
            "x",
            "tls: failed to find any PEM data in key input",
        ),
        (
            RSA_KEY,
            RSA_KEY,
            "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched",
        ),
        (
            REQUEST,
            RSA_KEY,
            "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the following types: [CERTIFICATE REQUEST]",
        ),
        (
            RSA_CERTIFICATE,
            RSA_CERTIFICATE,
            "tls: found a certificate rather than a key in the PEM for the private key",
        ),
        (
            RSA_CERTIFICATE,
            REQUEST,
            "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks of the following types: [CERTIFICATE REQUEST]",
        ),
        (malformed.as_str(), RSA_KEY, "x509: malformed certificate"),
        (
            RSA_CERTIFICATE,
            broken.as_str(),
            "tls: failed to parse private key",
        ),
    ] {
        let got = key_pair(certificate, key).err().unwrap_or_default();
        assert_eq!(got, want, "{certificate}\n{key}");
    }
}

#[test]
fn a_request_tells_whom_it_is_for() {
    let request = Request::parse(REQUEST).expect("it was made by openssl");
    assert_eq!(request.part(3), ["alice"]);
    assert_eq!(request.part(10), ["dev", "qa"]);
    assert_eq!(request.part(5), [""; 0]);
    assert_eq!(request.dns_names, ["a.b", "c.d"]);
    assert_eq!(request.email_addresses, ["x@y.z"]);
    assert_eq!(request.uris, ["spiffe://x/y"]);
    assert_eq!(request.ip_addresses, ["1.2.3.4", "::1"]);
    for (text, want) in [
        ("", "PEM block type must be CERTIFICATE REQUEST"),
        (RSA_KEY, "PEM block type must be CERTIFICATE REQUEST"),
        (
            "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
            "x509: malformed certificate request",
        ),
    ] {
        assert_eq!(Request::parse(text), Err(want.to_owned()), "{text}");
    }
}

/// A value in DER.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len();
    let head = match length {
        0..0x80 => vec![tag, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [head, content].concat()
}

fn armoured(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

#[test]
fn blocks_begin_and_end_with_lines_of_their_own() {
    let one = armoured("A", b"a");
    let labels = |text: &str| pem(text).map(|b| b.label).collect::<Vec<_>>();
    for (text, want) in [
        (one.clone(), vec!["A"]),
        (
            format!("x\n{one}y\n{}", armoured("B", b"b")),
            vec!["A", "B"],
        ),
        (format!("x{one}"), vec![]),
        // The last beginning before an end counts.
        (format!("-----BEGIN B-----\n{one}"), vec!["A"]),
        (one.replace("END A", "END B"), vec![]),
        (one.replace("END A-----", "END A-----x"), vec![]),
        (
            one.replace("A-----\nYQ", "A-----\nName: x\n\nYQ"),
            vec!["A"],
        ),
        ("-----BEGIN A-----\n".repeat(200_000), vec![]),
        (
            "-----BEGIN A-----\nx\n-----END B-----\n".repeat(100_000),
            vec![],
        ),
    ] {
        assert_eq!(labels(&text), want, "{}", text.get(..200).unwrap_or(&text));
    }
}

#[test]
fn keys_within_keys_are_no_keys() {
    let number: &[u8] = &[INTEGER, 1, 0];
    let rsa = der(SEQUENCE, &[&der(OID, &[RSA])]);
    let mut key = der(SEQUENCE, &[number, number]);
    for _ in 0..1000 {
        key = der(SEQUENCE, &[number, &rsa, &der(OCTETS, &[&key])]);
    }
    assert_eq!(private_key(&key), None);
}

#[test]
fn names_and_addresses_are_written_as_go_writes_them() {
    let number: &[u8] = &[INTEGER, 1, 0];
    let part = |tag, value: &[u8]| {
        let kind = der(OID, &[&[0x55, 4, 3]]);
        der(SET, &[&der(SEQUENCE, &[&kind, &der(tag, &[value])])])
    };
    let mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1];
    let names = der(SEQUENCE, &[&der(0x87, &[&mapped])]);
    let alternative = der(
        SEQUENCE,
        &[&der(OID, &[&[0x55, 0x1d, 0x11]]), &der(OCTETS, &[&names])],
    );
    let requested = der(OID, &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 14]]);
    let extensions = der(SET, &[&der(SEQUENCE, &[&alternative])]);
    let attributes = der(0xa0, &[&der(SEQUENCE, &[&requested, &extensions])]);
    let info = |last: &[u8]| {
        let subject = der(SEQUENCE, &[&part(0x0c, b"first"), &part(BMP, last)]);
        der(
            SEQUENCE,
            &[number, &subject, &der(SEQUENCE, &[]), &attributes],
        )
    };
    let signature = [der(SEQUENCE, &[]), der(BITS, &[&[0]])].concat();
    let read = |info: &[u8], signature: &[u8]| {
        Request::parse(&armoured(
            "CERTIFICATE REQUEST",
            &der(SEQUENCE, &[info, signature]),
        ))
    };
    let good = read(&info(b"\0m\xd5\x5c"), &signature).expect("a whole request");
    assert_eq!(good.part(3), ["first", "m한"]);
    assert_eq!(good.ip_addresses, ["10.0.0.1"]);
    let malformed = Err("x509: malformed certificate request".to_owned());
    assert_eq!(read(&info(b"\0mx"), &signature), malformed);
    assert_eq!(read(&info(b"\0m"), b""), malformed);
}
