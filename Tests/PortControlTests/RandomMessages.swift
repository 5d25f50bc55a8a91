import PortControl
import UPnP

/// Random messages that these protocols can carry, for round trips.
struct RandomMessages {
  var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func number<Number: FixedWidthInteger>(_: Number.Type = Number.self) -> Number {
    Number.random(in: .min ... .max, using: &generator)
  }

  mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in number() } }

  mutating func count(_ limit: Int) -> Int { Int.random(in: 0...limit, using: &generator) }

  mutating func natPMPMapping() -> NATPMPMapping {
    NATPMPMapping(
      transport: Bool.random(using: &generator) ? .tcp : .udp,
      internalPort: number(),
      externalPort: number(),
      lifetime: number()
    )
  }

  mutating func natPMPRequest() -> NATPMPRequest {
    Bool.random(using: &generator) ? .externalAddress : .map(natPMPMapping())
  }

  mutating func natPMPResponse() -> NATPMPResponse {
    switch count(2) {
    case 0: NATPMPResponse(.externalAddress(IPv4Address(rawValue: number())), epoch: number())
    case 1: NATPMPResponse(.mapping(natPMPMapping()), epoch: number())
    default:
      NATPMPResponse(
        opcode: number(UInt8.self) & 0x7F,
        result: NATPMPResult(rawValue: max(1, number())),
        epoch: number()
      )
    }
  }

  mutating func address() -> ControlAddress {
    Bool.random(using: &generator)
      ? ControlAddress(IPv4Address(rawValue: number())) : ControlAddress(high: number(), low: number())
  }

  mutating func pcpMapping() -> PCPMapping {
    PCPMapping(
      nonce: PCPNonce(high: number(), low: number()),
      protocolNumber: number(),
      internalPort: number(),
      externalPort: number(),
      externalAddress: address()
    )
  }

  mutating func options() -> [PCPOption] {
    (0..<count(4)).map { _ in PCPOption(code: number(), data: bytes(count(40))) }
  }

  mutating func pcpRequest() -> PCPRequest {
    Bool.random(using: &generator)
      ? .announce(client: address())
      : .map(pcpMapping(), lifetime: number(), client: address(), options: options())
  }

  mutating func pcpResponse() -> PCPResponse {
    switch count(2) {
    case 0: PCPResponse(opcode: .announce, lifetime: number(), epoch: number(), options: options())
    case 1: PCPResponse(opcode: .map, lifetime: number(), epoch: number(), mapping: pcpMapping(), options: options())
    default:
      PCPResponse(
        opcode: .map,
        result: PCPResult(rawValue: max(1, number())),
        lifetime: number(),
        epoch: number(),
        mapping: Bool.random(using: &generator) ? pcpMapping() : nil
      )
    }
  }
}
