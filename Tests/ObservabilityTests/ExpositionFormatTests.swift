import Observability
import Testing

@Suite("The format of a scrape")
struct ExpositionFormatTests {
    @Test(
        "is OpenMetrics where the scraper prefers it",
        arguments: [
            "application/openmetrics-text", "Application/OpenMetrics-Text; version=1.0.0",
            "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
                + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
            "text/plain, application/openmetrics-text",
        ]
    )
    func openMetrics(accept: String) {
        #expect(ExpositionFormat.negotiate(accept: accept) == .openMetrics)
    }

    @Test(
        "is plain text otherwise",
        arguments: [
            nil, "", "*/*", "text/html", "text/plain", "application/openmetrics-text;q=0", ",;,",
            "application/openmetrics-text;q=x",
            "text/plain, application/openmetrics-text; q=0.5",
        ]
    )
    func plainText(accept: String?) {
        #expect(ExpositionFormat.negotiate(accept: accept) == .prometheusText)
    }

    @Test("names its content type")
    func contentType() {
        #expect(ExpositionFormat.prometheusText.contentType == "text/plain; version=0.0.4; charset=utf-8")
        let openMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8"
        #expect(ExpositionFormat.openMetrics.contentType == openMetrics)
    }
}
