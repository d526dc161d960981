"""What all tests share: a small Spark session, for those that have Spark."""

import importlib.util
import os
import shutil
import sys

import pytest

HAS_SPARK = importlib.util.find_spec("pyspark") is not None
HAS_JAVA = shutil.which("java") is not None or bool(os.environ.get("JAVA_HOME"))


@pytest.fixture(scope="session")
def spark():
    """Two Spark workers in this process's machine; skipped where Spark or Java is missing."""
    if not HAS_SPARK:
        pytest.skip("pyspark is not installed")
    if not HAS_JAVA:
        pytest.skip("Spark needs Java")
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


LAZY = ["polars", "polars-lazy", "duckdb", pytest.param("spark", marks=pytest.mark.spark)]


class Engine:
    """Brings pandas frames into an engine, and results back, sorted by customer."""

    def __init__(self, name, spark=None):
        self.name, self.spark = name, spark

    def frame(self, pandas):
        if self.name == "duckdb":
            import duckdb

            return duckdb.from_df(pandas)
        if self.name == "spark":
            # by way of the rows: Spark's own conversion does not know the newest pandas
            columns = [pandas[c].astype(object).where(pandas[c].notna(), None) for c in pandas]
            rows = [tuple(_plain(v) for v in row) for row in zip(*columns, strict=True)]
            return self.spark.createDataFrame(rows, _spark_schema(pandas))
        polars = pytest.importorskip("polars")
        return polars.from_pandas(pandas) if self.name == "polars" else polars.from_pandas(pandas).lazy()

    def back(self, native, by="customer_id"):
        import pandas as pd

        if self.name == "duckdb":
            result = native.df()
        elif self.name == "spark":
            result = pd.DataFrame([row.asDict() for row in native.collect()], columns=native.columns)
        elif self.name == "polars":
            result = native.to_pandas()
        else:
            result = native.collect().to_pandas()
        return result.sort_values(by, ignore_index=True)


def _plain(value):
    """A Python value, as Spark wants it."""
    if hasattr(value, "to_pydatetime"):
        return value.to_pydatetime()
    return value.item() if hasattr(value, "item") else value


def _spark_schema(pandas):
    from pandas.api import types
    from pyspark.sql import types as s

    def kind(column):
        if types.is_bool_dtype(column):
            return s.BooleanType()
        if types.is_integer_dtype(column):
            return s.LongType()
        if types.is_float_dtype(column):
            return s.DoubleType()
        if types.is_datetime64_any_dtype(column):
            return s.TimestampNTZType()
        return s.StringType()

    return s.StructType([s.StructField(name, kind(pandas[name]), True) for name in pandas])


@pytest.fixture(params=LAZY)
def engine(request):
    """Each engine besides pandas."""
    spark = request.getfixturevalue("spark") if request.param == "spark" else None
    return Engine(request.param, spark)
