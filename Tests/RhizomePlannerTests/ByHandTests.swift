import RhizomeModel
import Testing

@testable import RhizomePlanner

@Suite("Ports that a person forwards")
struct ByHandTests {
  private func scene(_ mode: Value = "static") -> Scene {
    var scene = Scene()
    scene.add(converged: Resource(Address(.zone, "home"), attributes: ["gateway": ["mode": mode]]))
    return scene
  }

  @Test("are noted, and said to be somebody else's work")
  func noted() {
    var scene = scene()
    scene.desired.append(mapping("home", 443, to: "192.168.1.20"))
    scene.observed[Address(.portMapping, "home.tcp-443")] = .absent
    let plan = scene.plan()
    #expect(plan.lines == ["adopt PortMapping/home.tcp-443"])
    #expect(plan.actions.first?.reason == "forwarded by hand: tcp 443 to 192.168.1.20, port 443; to be verified")
    #expect(scene.problems(plan) == [])
  }

  @Test("are changed and taken away by hand")
  func changes() {
    var changed = scene()
    changed.add(converged: mapping("home", 443))
    changed.desired.removeLast()
    changed.desired.append(mapping("home", 443, to: "192.168.1.99"))
    #expect(changed.plan().actions.first?.reason == "its declaration changed; change it on the router by hand")
    var gone = scene()
    gone.add(undeclared: mapping("home", 443))
    #expect(gone.plan().actions.first?.reason == "it is no longer declared; take it off the router by hand")
  }

  @Test("are opened by Rhizome where the router can be asked")
  func asked() {
    var scene = scene("upnp")
    scene.desired.append(mapping("home", 443))
    scene.observed[Address(.portMapping, "home.tcp-443")] = .absent
    #expect(scene.plan().lines == ["create PortMapping/home.tcp-443"])
  }
}
