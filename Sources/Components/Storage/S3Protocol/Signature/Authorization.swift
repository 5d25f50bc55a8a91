/// What a request claims about who signed it, and how; nothing here is verified yet.
package struct Authorization: Hashable, Sendable {
  package let accessKeyID: String
  package let scope: CredentialScope
  /// Lower-case names, in the order the client listed them.
  package let signedHeaders: [String]
  package let signature: String
  /// The moment of signing, as sent.
  package let date: String
  /// Seconds of validity of a presigned address; nil for a signature in the header.
  package let validForSeconds: Int64?

  package static let algorithm = "AWS4-HMAC-SHA256"

  /// Reads the claim from the `Authorization` header or from the query of a presigned address.
  /// - Returns: nil for an anonymous request.
  /// - Throws: `AuthorizationHeaderMalformed`, `AuthorizationQueryParametersError`, `AccessDenied` when no date is
  ///   given, `InvalidRequest` for another algorithm.
  package static func parse(_ head: RequestHead) throws(S3Error) -> Authorization? {
    if let header = head[header: "authorization"] { return try Authorization(header: header, head) }
    if head.hasQuery("X-Amz-Algorithm") || head.hasQuery("X-Amz-Signature") { return try Authorization(query: head) }
    return nil
  }

  private init(header: String, _ head: RequestHead) throws(S3Error) {
    guard header.hasPrefix("\(Self.algorithm) ") else {
      throw S3Error(.invalidRequest, "Only \(Self.algorithm) is understood; set the client to signature version 4.")
    }
    var fields: [Substring: Substring] = [:]
    for field in header.dropFirst(Self.algorithm.count).split(whereSeparator: { $0 == "," || $0 == " " }) {
      let parts = field.split(separator: "=", maxSplits: 1)
      if parts.count == 2 { fields[parts[0]] = parts[1] }
    }
    guard let credential = fields["Credential"], let signed = fields["SignedHeaders"],
      let signature = fields["Signature"], let (keyID, scope) = Self.parseCredential(credential)
    else {
      let shape = "Credential=KEY/DATE/REGION/s3/aws4_request, SignedHeaders=..., Signature=..."
      throw S3Error(.authorizationHeaderMalformed, "The Authorization header does not read as \(shape).")
    }
    guard let date = head[header: "x-amz-date"] ?? Self.basicDate(fromHTTP: head[header: "date"]) else {
      throw S3Error(.accessDenied, "The request is signed but carries neither x-amz-date nor a Date header.")
    }
    (accessKeyID, self.scope, self.date, validForSeconds) = (keyID, scope, date, nil)
    signedHeaders = signed.split(separator: ";").map { $0.lowercased() }
    self.signature = String(signature)
  }

  private init(query head: RequestHead) throws(S3Error) {
    guard head.queryValue("X-Amz-Algorithm") == Self.algorithm, let date = head.queryValue("X-Amz-Date"),
      let (keyID, scope) = head.queryValue("X-Amz-Credential").flatMap({ Self.parseCredential($0[...]) }),
      let signature = head.queryValue("X-Amz-Signature"), let signed = head.queryValue("X-Amz-SignedHeaders"),
      let expires = head.queryValue("X-Amz-Expires").flatMap({ Int64($0) }), (1...604_800).contains(expires)
    else {
      let need = "X-Amz-Algorithm, -Credential, -Date, -Expires (1 to 604800 s), -SignedHeaders and -Signature"
      throw S3Error(.authorizationQueryParametersError, "A presigned address needs well-formed \(need).")
    }
    (accessKeyID, self.scope, self.date, validForSeconds) = (keyID, scope, date, expires)
    signedHeaders = signed.split(separator: ";").map { $0.lowercased() }
    self.signature = signature
  }

  private static func parseCredential(_ text: Substring) -> (String, CredentialScope)? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 5, parts[4] == "aws4_request", !parts[0].isEmpty else { return nil }
    let scope = CredentialScope(date: String(parts[1]), region: String(parts[2]), service: String(parts[3]))
    return (String(parts[0]), scope)
  }

  private static func basicDate(fromHTTP text: String?) -> String? {
    text.flatMap { Timestamp(httpDate: $0) }?.basicISO8601
  }
}
