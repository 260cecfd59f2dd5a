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
