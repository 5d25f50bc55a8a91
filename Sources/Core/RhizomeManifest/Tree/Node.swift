/// A YAML value with the place where it begins.
struct Node: Sendable {
  indirect enum Content: Sendable {
    case scalar(Scalar)
    case sequence([Node])
    case mapping([Pair])
  }

  /// A key and its value. Keys are always scalars.
  struct Pair: Sendable {
    let key: Node
    let value: Node
  }

  let content: Content
  let mark: Mark
  /// How many values this one holds, itself included, with every alias replaced by what it stands for.
  let size: Int
}

/// A place in a file. Lines and columns count from 1, columns in Unicode scalars.
struct Mark: Sendable, Hashable {
  var line: Int32
  var column: Int32

  static let start = Mark(line: 1, column: 1)
}

/// The text of a scalar and how it was written.
struct Scalar: Sendable, Hashable {
  let text: String
  /// Neither quoted nor a block: its type follows from its text.
  let isPlain: Bool
  /// The core schema's tag, where one was written.
  let tag: CoreTag?
}

/// The tags of the YAML 1.2 core schema, by which an author may force a type.
enum CoreTag: String, Sendable {
  case string = "tag:yaml.org,2002:str"
  case integer = "tag:yaml.org,2002:int"
  case boolean = "tag:yaml.org,2002:bool"
  case null = "tag:yaml.org,2002:null"
  case float = "tag:yaml.org,2002:float"
  case sequence = "tag:yaml.org,2002:seq"
  case mapping = "tag:yaml.org,2002:map"
}

extension Node {
  var scalar: Scalar? { if case .scalar(let scalar) = content { scalar } else { nil } }
  var items: [Node]? { if case .sequence(let items) = content { items } else { nil } }
  var pairs: [Pair]? { if case .mapping(let pairs) = content { pairs } else { nil } }

  /// The text of a key; keys are scalars by construction.
  var keyText: String { scalar?.text ?? "" }

  /// The pair with this key, in a mapping.
  subscript(_ key: String) -> Pair? { pairs?.first { $0.key.keyText == key } }

  var isNull: Bool { if let scalar, case .null = scalar.resolved { true } else { false } }

  /// What it is, for messages.
  var typeName: String {
    switch content {
    case .sequence: "a list"
    case .mapping: "a map"
    case .scalar(let scalar): scalar.resolved.typeName
    }
  }
}
