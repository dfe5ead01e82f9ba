import Testing

@testable import ControllerService

@Suite("How labels are shown")
struct LabelPresentationTests {
    private let presentation = LabelPresentation(hidden: ["secret"], deprecated: ["old": "use new"])
    private let labels = ["secret": "1", "old": "2", "new": "3"]

    @Test("hidden and deprecated labels are left out unless asked for")
    func visible() {
        #expect(presentation.visible(labels, showHidden: false) == ["new": "3"])
        #expect(presentation.visible(labels, showHidden: true) == labels)
    }

    @Test("deprecated keys come with their message")
    func deprecations() {
        #expect(presentation.deprecations(of: labels.keys) == ["old": "use new"])
        #expect(presentation.deprecations(of: ["new"]).isEmpty)
    }
}
