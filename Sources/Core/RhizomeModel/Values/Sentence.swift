extension String {
  /// With one full stop at its end.
  package var asSentence: String { hasSuffix(".") ? self : self + "." }
}
