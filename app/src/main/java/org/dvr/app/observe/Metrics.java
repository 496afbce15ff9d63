package org.dvr.app.observe;

import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.core.metrics.SummaryWithCallback;
import io.prometheus.metrics.exporter.httpserver.HTTPServer;
import io.prometheus.metrics.instrumentation.jvm.JvmGarbageCollectorMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmMemoryMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmThreadsMetrics;
import io.prometheus.metrics.instrumentation.jvm.ProcessMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Quantile;
import io.prometheus.metrics.model.snapshots.Quantiles;
import io.prometheus.metrics.model.snapshots.Unit;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.stats.CounterDescriptor;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.worker.CounterReading;

/**
 * The Prometheus endpoint: every counter, drops by reason, devices, duty cycles, the JVM. Scrapes read the last sample; workers learn nothing of them.
 */
final class Metrics implements AutoCloseable {
    private static final double NS_PER_SECOND = 1e9;
    private static final double[] QUANTILES = {0.5, 0.9, 0.99, 0.999};

    /** What goes up and down; all others are counted since the start. */
    private static final Set<CounterDescriptor> GAUGES = Set.of(
            CounterDescriptor.HELD,
            CounterDescriptor.FLOWS_ACTIVE,
            CounterDescriptor.FLOWS_CAPACITY,
            CounterDescriptor.FLOWS_HIGH_WATER);

    /** Value of one counter at one attachment point. */
    private interface PortValue {
        long of(CounterReading reading, int attachmentId);
    }

    private final ForwarderView view;
    private final Sampler sampler;
    private final String host;
    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final HTTPServer server;

    /**
     * Listens.
     *
     * @param view whose metrics
     * @param sampler read at each scrape
     * @param address where to listen
     */
    Metrics(final ForwarderView view, final Sampler sampler, final InetSocketAddress address) {
        this.view = view;
        this.sampler = sampler;
        host = view.host();
        counters();
        ports();
        drops();
        flowCache();
        workers();
        JvmMemoryMetrics.builder().register(registry);
        JvmGarbageCollectorMetrics.builder().register(registry);
        JvmThreadsMetrics.builder().register(registry);
        ProcessMetrics.builder().register(registry);
        try {
            server = HTTPServer.builder()
                    .inetAddress(address.getAddress())
                    .port(address.getPort())
                    .registry(registry)
                    .buildAndStart();
        } catch (final IOException | IllegalArgumentException e) {
            throw new ObserveException(
                    "dvr: metrics=" + address.getHostString() + ":" + address.getPort() + ": cannot listen ("
                            + e.getMessage() + ")",
                    e);
        }
    }

    /**
     * Reads the value of the option.
     *
     * @param text {@code HOST:PORT}, an IPv6 address in brackets; port 0 = any
     * @return where to listen
     */
    static InetSocketAddress address(final String text) {
        final int colon = text.lastIndexOf(':');
        try {
            final int port = Integer.parseInt(text.substring(colon + 1));
            if (colon > 0 && port >= 0 && port <= 65_535) {
                final String name = text.substring(0, colon);
                final InetSocketAddress address = new InetSocketAddress(
                        name.startsWith("[") && name.endsWith("]") ? name.substring(1, name.length() - 1) : name, port);
                if (!address.isUnresolved()) {
                    return address;
                }
                throw new ObserveException("dvr: metrics=" + text + ": nobody knows the host " + name);
            }
        } catch (final NumberFormatException e) {
            // said below, as for a number out of range
        }
        throw new ObserveException("dvr: metrics=" + text + ": must be HOST:PORT");
    }

    /** {@return where it listens} */
    int port() {
        return server.getPort();
    }

    private static String name(final CounterDescriptor counter) {
        // The suffix _created means something else there.
        return counter == CounterDescriptor.FLOWS_CREATED
                ? "dvr_flows_opened"
                : "dvr_" + counter.name().toLowerCase(Locale.ROOT);
    }

    private static String help(final CounterDescriptor counter) {
        return counter.unit() + " " + counter.sentence();
    }

    private void counters() {
        for (final CounterDescriptor counter : CounterDescriptor.values()) {
            if (counter.label().startsWith("ports.")) {
                continue;
            }
            if (GAUGES.contains(counter)) {
                gauge(name(counter), help(counter), reading -> reading.get(counter));
            } else {
                counter(name(counter), help(counter), reading -> reading.get(counter));
            }
        }
        GaugeWithCallback.builder()
                .name("dvr_topology_version")
                .help("version of the topology in force; grows with every one that is compiled in the process")
                .labelNames("host")
                .callback(to -> to.call((double) sampler.topology().version(), host))
                .register(registry);
        GaugeWithCallback.builder()
                .name("dvr_start_time_seconds")
                .help("when the forwarder was started, seconds since the epoch")
                .labelNames("host")
                .callback(to -> to.call(view.startedEpochMs() / 1_000.0, host))
                .register(registry);
    }

    private void counter(final String name, final String help, final ToDoubleFunction<CounterReading> value) {
        CounterWithCallback.builder()
                .name(name)
                .help(help)
                .labelNames("host")
                .callback(to -> to.call(value.applyAsDouble(sampler.last()), host))
                .register(registry);
    }

    private void gauge(final String name, final String help, final ToDoubleFunction<CounterReading> value) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .labelNames("host")
                .callback(to -> to.call(value.applyAsDouble(sampler.last()), host))
                .register(registry);
    }

    private void ports() {
        port(CounterDescriptor.RX, CounterReading::rx);
        port(CounterDescriptor.RX_BYTES, CounterReading::rxBytes);
        port(CounterDescriptor.TX, CounterReading::tx);
        port(CounterDescriptor.TX_BYTES, CounterReading::txBytes);
        CounterWithCallback.builder()
                .name("dvr_port_missed")
                .help("frames that a device has dropped because no worker received them in time: its ring was full")
                .labelNames("host", "port")
                .callback(to -> view.ports().forEach(port -> to.call((double) port.missed(), host, port.name())))
                .register(registry);
        CounterWithCallback.builder()
                .name("dvr_port_refused")
                .help("frames that a device has not taken when they were handed on: it was down, full or gone")
                .labelNames("host", "port")
                .callback(to -> view.ports().forEach(port -> to.call((double) port.refused(), host, port.name())))
                .register(registry);
    }

    private void port(final CounterDescriptor counter, final PortValue value) {
        CounterWithCallback.builder()
                .name(name(counter))
                .help(help(counter))
                .labelNames("host", "port")
                .callback(to -> {
                    final CounterReading reading = sampler.last();
                    for (final Attachment attachment : sampler.topology().attachments()) {
                        to.call((double) value.of(reading, attachment.id()), host, attachment.name());
                    }
                })
                .register(registry);
    }

    private void drops() {
        CounterWithCallback.builder()
                .name("dvr_drops")
                .help("frames that ended here, by reason; dvr_drop_reason_info says what each means")
                .labelNames("host", "reason", "kind")
                .callback(to -> {
                    final CounterReading reading = sampler.last();
                    for (final DropReason reason : DropReason.values()) {
                        to.call((double) reading.drops(reason), host, reason.label(), kind(reason));
                    }
                })
                .register(registry);
        final Info meanings = Info.builder()
                .name("dvr_drop_reason")
                .help("what each drop reason means")
                .labelNames("reason", "kind", "meaning")
                .register(registry);
        for (final DropReason reason : DropReason.values()) {
            meanings.addLabelValues(reason.label(), kind(reason), reason.sentence());
        }
    }

    private static String kind(final DropReason reason) {
        return reason.kind().name().toLowerCase(Locale.ROOT);
    }

    private void flowCache() {
        gauge("dvr_remembered_flows", "verdicts remembered now", CounterReading::remembered);
        counter("dvr_remembered_flow_hits", "frames decided as the last one of their flow was", CounterReading::hits);
        counter("dvr_remembered_flow_stores", "times that a verdict was remembered", CounterReading::stored);
    }

    private void workers() {
        worker(
                "dvr_worker_busy_seconds",
                "time in duty cycles that found work",
                worker -> worker.dutyCycle().busyNs() / NS_PER_SECOND);
        worker(
                "dvr_worker_idle_seconds",
                "time in duty cycles that found none, sleep included",
                worker -> worker.dutyCycle().idleNs() / NS_PER_SECOND);
        worker("dvr_worker_cycles", "duty cycles", worker -> worker.dutyCycle().cycles());
        GaugeWithCallback.builder()
                .name("dvr_worker_longest_cycle_seconds")
                .help("the longest duty cycle that found work, since the start")
                .unit(Unit.SECONDS)
                .labelNames("host", "worker")
                .callback(to -> {
                    for (int i = 0; i < view.workers().size(); i++) {
                        to.call(
                                view.workers().get(i).dutyCycle().longestNs() / NS_PER_SECOND,
                                host,
                                Integer.toString(i));
                    }
                })
                .register(registry);
        SummaryWithCallback.builder()
                .name("dvr_worker_cycle_seconds")
                .help("how long duty cycles take that find work, one in 16 of them: the time that a burst spends in the"
                        + " forwarder; quantiles over the last 10 to 20 seconds")
                .unit(Unit.SECONDS)
                .labelNames("host", "worker")
                .callback(to -> {
                    for (int i = 0; i < view.workers().size(); i++) {
                        final Sampler.Durations durations = sampler.durations(i);
                        to.call(
                                durations.count(),
                                durations.sumNs() / NS_PER_SECOND,
                                quantiles(durations.recent()),
                                host,
                                Integer.toString(i));
                    }
                })
                .register(registry);
    }

    private static Quantiles quantiles(final Histogram recent) {
        final Quantiles.Builder quantiles = Quantiles.builder();
        for (final double quantile : QUANTILES) {
            quantiles.quantile(new Quantile(quantile, recent.getValueAtPercentile(quantile * 100) / NS_PER_SECOND));
        }
        return quantiles.build();
    }

    private void worker(final String name, final String help, final ToDoubleFunction<WorkerView> value) {
        CounterWithCallback.builder()
                .name(name)
                .help(help)
                .labelNames("host", "worker")
                .callback(to -> {
                    for (int i = 0; i < view.workers().size(); i++) {
                        to.call(value.applyAsDouble(view.workers().get(i)), host, Integer.toString(i));
                    }
                })
                .register(registry);
    }

    @Override
    public void close() {
        server.close();
    }
}
