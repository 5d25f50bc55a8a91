/// What a rule asks for, for people and for the JSON Schema.
extension TextRule {
  /// What is expected, to follow "expected"; with an example where that helps.
  package var expectation: String {
    switch self {
    case .any: "text"
    case .template: "text, in which ${…} stands for a value of another resource"
    case .dnsLabel: "lower-case letters, digits and hyphens, beginning and ending with a letter or digit, at most 63"
    case .domain: "a domain in lower case, such as plant.example"
    case .host: "an IP address or a host name, such as 192.168.1.20"
    case .bucketName: "an S3 bucket name: 3 to 63 lower-case letters, digits, dots and hyphens"
    case .distinguishedName: "a distinguished name, such as dc=plant,dc=example"
    case .attributeName: "the name of an LDAP attribute, such as employeeNumber"
    case .headerName:
      "the name of an HTTP header, such as X-Api-Key: letters, digits and hyphens, beginning with a letter"
    case .mail: "a mail address, such as alice@plant.example"
    case .path: "an absolute path, such as /srv/app"
    case .relativePath: "a path without a leading / and without .., such as conf/app.conf"
    case .url: "a URL, such as https://plant.example"
    case .routerURL:
      "the URL of the router's description with its IP address, such as http://192.168.1.1:5000/rootDesc.xml"
    case .timestamp: "a day or a time in UTC, such as 2027-01-31 or 2027-01-31T12:00:00Z"
    case .variableName: "the name of an environment variable: letters, digits and _, not beginning with a digit"
    case .passwordHash: "a password hash, such as `slappasswd -h {SSHA}` prints: {SCHEME} and text"
    case .sshPublicKey: "a line of an SSH public key file, such as ssh-ed25519 AAAA… alice@laptop"
    case .sealed: "sealed text: a block that begins with -----BEGIN CMS-----"
    case .timeRange: "a range of times, such as 22:00-06:00"
    case .timeOfDay: "a time of day in quotes, such as \"07:00\""
    case .fileMode: "permissions in octal and in quotes, such as \"0600\""
    case .accessKeyID: "an access key id: GK and 24 hexadecimal digits"
    case .accessRule: "an access rule: five fields joined by colons, such as *::read:*:*"
    case .nodeKey: "a node's public key, as `rhizome node-key` prints it: ed25519: and 44 characters"
    case .hostPort: "a host and maybe a port, such as stun.plant.example:3478"
    case .copyCount: "a number from 1 to 7 in quotes, or maximum"
    }
  }

  /// A pattern (ECMA 262) that every text of this form matches; nil where the form is not regular or is free.
  package var pattern: String? {
    switch self {
    case .any, .template: nil
    case .dnsLabel: #"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"#
    case .domain: #"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$"#
    case .host: #"^[0-9A-Za-z:.-]+$"#
    case .bucketName: #"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"#
    case .distinguishedName: #"^[A-Za-z0-9.-]+=.+$"#
    case .attributeName, .headerName: #"^[A-Za-z][A-Za-z0-9-]*$"#
    case .mail: #"^[^@\s]+@[^@\s]+$"#
    case .path: #"^/"#
    case .relativePath: #"^[^/]"#
    case .url: #"^[a-z][a-z0-9+.-]*://[^\s]+$"#
    case .routerURL: #"^http://([0-9.]+|\[[0-9A-Fa-f:.]+(%[!-~]+)?\])(:[0-9]{1,5})?([/?][!-~]*)?$"#
    case .timestamp: #"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z)?$"#
    case .variableName: #"^[A-Za-z_][A-Za-z0-9_]*$"#
    case .passwordHash: #"^\{[A-Za-z0-9/.-]+\}."#
    case .sshPublicKey: #"^(ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/]+=*( .*)?$"#
    case .sealed: #"^-----BEGIN CMS-----"#
    case .timeRange: #"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$"#
    case .timeOfDay: #"^([01][0-9]|2[0-3]):[0-5][0-9]$"#
    case .fileMode: #"^0?[0-7]{3}$"#
    case .accessKeyID: #"^GK[0-9a-f]{24}$"#
    case .accessRule: #"^[^:]*:[^:]*:[^:]*:[^:]*:[^:]*$"#
    case .nodeKey: #"^ed25519:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$"#
    case .hostPort: #"^(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z.-]+)(:[0-9]{1,5})?$"#
    case .copyCount: #"^([1-7]|maximum)$"#
    }
  }
}
