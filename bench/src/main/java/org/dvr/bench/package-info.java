/**
 * What has a speed, measured: {@link org.dvr.bench.PipelineBenchmark} a whole packet's way, the packages below single steps. {@link
 * org.dvr.bench.BenchMain} runs them. A benchmark's state belongs to its thread. It must not be needed by anything that ships.
 */
package org.dvr.bench;
