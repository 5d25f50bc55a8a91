internal import OpenSSL

/// Decides whether a request was signed by the holder of a secret, for this region and about now.
package struct SignatureVerifier: Sendable {
  /// How far the client's clock may be off, in seconds; Amazon's figure.
  package static let allowedSkewSeconds: Int64 = 15 * 60

  package let region: String

  package init(region: String) { self.region = region }

  /// What a verified request goes on with.
  package struct Verified: Sendable {
    /// Signs the chunks of a signed streaming payload.
    package let signing: SigningContext
    /// The request's own signature: the seed of the chunk signatures.
    package let seed: String
    package let payload: PayloadClaim
  }

  /// - Parameter secret: the secret of `authorization.accessKeyID`.
  /// - Throws: `AuthorizationHeaderMalformed`, `RequestTimeTooSkewed`, `AccessDenied`, `SignatureDoesNotMatch`.
  package func verify(
    _ head: RequestHead,
    _ authorization: Authorization,
    secret: String,
    now: Timestamp
  ) throws(S3Error) -> Verified {
    try checkScope(authorization)
    try checkTime(authorization, now: now)
    try checkCoverage(head, authorization)
    let isPresigned = authorization.validForSeconds != nil
    let payloadHash =
      head[header: "x-amz-content-sha256"] ?? (isPresigned ? "UNSIGNED-PAYLOAD" : SigningContext.emptyHash)
    let payload = try PayloadClaim(payloadHash, trailer: head[header: "x-amz-trailer"])
    let canonical = try CanonicalRequest(
      head,
      signedHeaders: authorization.signedHeaders,
      payloadHash: payloadHash,
      excluding: isPresigned ? "X-Amz-Signature" : nil
    )
    let signing = SigningContext(secret: secret, scope: authorization.scope, date: authorization.date)
    let expected = signing.sign(canonical)
    guard constantTimeEquals(Array(expected.utf8), Array(authorization.signature.utf8)) else {
      let hint = "Check the secret key, the region (\(region)) and the signing method."
      throw S3Error(.signatureDoesNotMatch, "The signature we calculated is not the one you sent. \(hint)")
    }
    return Verified(signing: signing, seed: expected, payload: payload)
  }

  private func checkScope(_ authorization: Authorization) throws(S3Error) {
    let scope = authorization.scope
    guard scope.region == region else {
      let message = "The authorization is for region '\(scope.region)'; expecting '\(region)'."
      throw S3Error(.authorizationHeaderMalformed, message)
    }
    guard scope.service == "s3" else {
      let message = "The authorization is for service '\(scope.service)'; expecting 's3'."
      throw S3Error(.authorizationHeaderMalformed, message)
    }
  }

  private func checkTime(_ authorization: Authorization, now: Timestamp) throws(S3Error) {
    guard let signed = Timestamp(basicISO8601: authorization.date) else {
      throw S3Error(.accessDenied, "The date of the signature must read like 20130524T000000Z.")
    }
    guard signed.basicDate == authorization.scope.date else {
      throw S3Error(.signatureDoesNotMatch, "The day in the credential is not the day of the signature.")
    }
    let age = now.seconds - signed.seconds
    if let validFor = authorization.validForSeconds, age > validFor {
      throw S3Error(.accessDenied, "Request has expired.")
    }
    let isTooOld = authorization.validForSeconds == nil && age > Self.allowedSkewSeconds
    if isTooOld || age < -Self.allowedSkewSeconds {
      let hint = "The server's clock says \(now.extendedISO8601); set the client's."
      throw S3Error(
        .requestTimeTooSkewed,
        "The difference between the request time and the current time is too large. \(hint)"
      )
    }
  }

  /// A header that changes what we do and is not signed could have been put there by anybody on the way.
  private func checkCoverage(_ head: RequestHead, _ authorization: Authorization) throws(S3Error) {
    let signed = Set(authorization.signedHeaders)
    guard signed.contains("host") else {
      throw S3Error(.accessDenied, "The host header must be signed.")
    }
    // The value of x-amz-content-sha256 is a line of its own in the canonical request, so it is covered anyway.
    let unsigned = head.headers.keys
      .filter { $0.hasPrefix("x-amz-") && $0 != "x-amz-content-sha256" && !signed.contains($0) }
    if let first = unsigned.min() {
      throw S3Error(.accessDenied, "There were headers present in the request which were not signed: \(first).")
    }
  }
}
