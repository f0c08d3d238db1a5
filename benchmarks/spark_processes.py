"""A Spark of real processes on this machine, at 127.0.0.1: a standalone master with its workers, or a Connect server.

Belongs here: starting, killing and ending them, and what their log of events tells. Used by spark_cluster.py and by tests.
Does not belong here: counting.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

HOST = "127.0.0.1"
MASTER, WORKER = "org.apache.spark.deploy.master.Master", "org.apache.spark.deploy.worker.Worker"
CONNECT = "org.apache.spark.sql.connect.service.SparkConnectServer"
STARTS_WITHIN_SECONDS = 120
#: What a run of a minute or two is quicker with: Java's compiler that is done soonest, and no code made for each query.
_JAVA = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:+UseSerialGC"
SHORT_RUN = {
    "spark.driver.extraJavaOptions": _JAVA,
    "spark.executor.extraJavaOptions": _JAVA,
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}

_LOG = """\
rootLogger.level = warn
rootLogger.appenderRef.stdout.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex{0}
logger.window.name = org.apache.spark.sql.execution.window.WindowExec
logger.window.level = error
"""


def configure(
    folder: Path, settings: Mapping[str, str], tell: Callable[[str, str], None] = os.environ.__setitem__
) -> None:
    """Makes a configuration under `folder`, and tells the environment, so that every Spark started from now on has it.

    Raises RuntimeError without Java.
    """
    if shutil.which("java") is None:
        raise RuntimeError("Spark needs Java 17 or newer on the PATH: apt-get install openjdk-17-jre-headless")
    conf = folder / "conf"
    (folder / "events").mkdir(parents=True, exist_ok=True)
    conf.mkdir(exist_ok=True)
    said = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": HOST,
        "spark.driver.bindAddress": HOST,
        "spark.local.dir": str(folder / "spill"),
        "spark.eventLog.enabled": "true",
        "spark.eventLog.rolling.enabled": "false",
        "spark.eventLog.compress": "false",
        "spark.eventLog.dir": f"file://{folder / 'events'}",
        **settings,
    }
    (conf / "spark-defaults.conf").write_text("".join(f"{name} {value}\n" for name, value in said.items()))
    (conf / "log4j2.properties").write_text(_LOG)
    tell("SPARK_HOME", str(_home()))
    tell("SPARK_CONF_DIR", str(conf))
    tell("SPARK_LOCAL_IP", HOST)
    tell("SPARK_LOCAL_DIRS", str(folder / "spill"))
    tell("SPARK_DAEMON_MEMORY", "512m")


class Cluster:
    """A standalone master and its workers of one core each. Made by `cluster()`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, _free_port()
        self.processes: list[subprocess.Popen[bytes]] = []
        self.address = f"spark://{HOST}:{self.port}"

    def start(self, workers: int, worker_memory: str) -> None:
        self._start("master", MASTER, "--host", HOST, "--port", str(self.port), "--webui-port", "0")
        _wait_for_port(self.port, self.processes[0], self.folder / "master.log")
        for number in range(workers):
            name = f"worker{number}"
            place = ["--host", HOST, "--webui-port", "0", "--work-dir", str(self.folder / name)]
            self._start(name, WORKER, *place, "--cores", "1", "--memory", worker_memory, self.address)

    def kill_worker(self) -> int:
        """SIGKILL to the first worker and the executors it runs, as when its machine goes; how many processes that were."""
        worker = psutil.Process(self.processes[1].pid)
        killed = [worker, *worker.children(recursive=True)]
        for process in killed:
            process.send_signal(signal.SIGKILL)
        return len(killed)

    def stop(self) -> None:
        for process in reversed(self.processes):
            _end(process)

    def _start(self, name: str, main: str, *arguments: str) -> None:
        command = [str(_home() / "bin" / "spark-class"), main, *arguments]
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes.append(subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT))


@contextmanager
def cluster(folder: Path, workers: int = 2, worker_memory: str = "2g") -> Iterator[Cluster]:
    """A master and workers as `configure` says; all ended at the end."""
    started = Cluster(folder)
    try:
        started.start(workers, worker_memory)
        yield started
    finally:
        started.stop()


@contextmanager
def connect_server(folder: Path, master: str) -> Iterator[str]:
    """A Spark Connect server over `master`, as `configure` says; gives its address."""
    port = _free_port()
    options = [f"spark.connect.grpc.binding.port={port}", f"spark.connect.grpc.binding.address={HOST}"]
    command = [str(_home() / "bin" / "spark-submit"), "--class", CONNECT, "--master", master]
    command += [part for option in options for part in ("--conf", option)]
    log = folder / "connect.log"
    with log.open("wb") as out:
        process = subprocess.Popen([*command, "spark-internal"], stdout=out, stderr=subprocess.STDOUT)
    try:
        _wait_for_port(port, process, log)
        yield f"sc://{HOST}:{port}"
    finally:
        _end(process)


def troubles(folder: Path) -> dict[str, int]:
    """What the log of events tells: executors removed, tasks that did not end well, stages that were tried again."""
    found = {"executors_removed": 0, "tasks_failed": 0, "stages_again": 0}
    for path in (folder / "events").iterdir():
        for line in path.read_text(encoding="utf-8").splitlines():
            if '"Event":"SparkListenerExecutorRemoved"' in line:
                found["executors_removed"] += 1
            elif '"Event":"SparkListenerTaskEnd"' in line:
                found["tasks_failed"] += json.loads(line)["Task End Reason"]["Reason"] != "Success"
            elif '"Event":"SparkListenerStageSubmitted"' in line:
                found["stages_again"] += json.loads(line)["Stage Info"]["Stage Attempt ID"] > 0
    return found


def _home() -> Path:
    import pyspark

    return Path(pyspark.__file__).parent


def _free_port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


def _wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as one:
            if one.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.2)
    raise RuntimeError(f"Spark did not start; its log ends: {log.read_text(errors='replace')[-1500:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process and what it started, those it left behind included."""
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for one in family:
        try:
            one.kill()
        except psutil.NoSuchProcess:
            continue
