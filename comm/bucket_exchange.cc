#include "comm/bucket_exchange.h"

#include <algorithm>

namespace lockstep {
namespace {

/// Adds one region after the other to the exchange of one bucket.
class BucketExchangeBuilder {
 public:
  explicit BucketExchangeBuilder(const BucketExchangeOptions& options) : options_(options) {}

  void Add(const Region& region) {
    if (region.elements == 0) return;
    const std::int64_t slice = region.slice(ranks());
    const Region own{region.offset + options_.rank * slice, slice};
    BucketExchange::Slice& added = exchange_.slices.emplace_back();
    added.place = own;
    added.gradient = InRegion(options_.partials.front(), own);
    if (options_.reduction == Reduction::FAST) {
      AddReduceScatter(region);
    } else {
      AddSends(region);
      AddTerms(own, added);
    }
    exchange_.gathers.push_back(options_.working.Range(region.offset, region.elements));
    exchange_.bytes_sent += BytesOf(exchange_.gathers.back()) / ranks() * (ranks() - 1);
  }

  BucketExchange Take() { return std::move(exchange_); }

 private:
  int ranks() const { return options_.tree.ranks(); }
  static Tensor InRegion(const Tensor& buffer, const Region& region) {
    return buffer.Range(region.offset, region.elements);
  }
  static std::int64_t BytesOf(const Tensor& tensor) {
    return static_cast<std::int64_t>(tensor.bytes());
  }

  void AddReduceScatter(const Region& region) {
    const Tensor whole = InRegion(options_.partials.front(), region);
    exchange_.reduce_scatters.push_back(whole);
    exchange_.bytes_sent += BytesOf(whole) / ranks() * (ranks() - 1);
  }

  void AddSends(const Region& region) {
    const std::int64_t slice = region.slice(ranks());
    for (int peer = 0; peer < ranks(); ++peer) {
      if (peer == options_.rank) continue;
      for (const Tensor& partial : options_.partials) {
        exchange_.sends.push_back({peer, partial.Range(region.offset + peer * slice, slice)});
        exchange_.bytes_sent += BytesOf(exchange_.sends.back().data);
      }
    }
  }

  void AddTerms(const Region& own, BucketExchange::Slice& slice) {
    for (int owner = 0; owner < ranks(); ++owner) {
      if (owner == options_.rank) {
        for (const Tensor& partial : options_.partials) {
          slice.terms.push_back(InRegion(partial, own));
        }
        continue;
      }
      for (std::size_t i = 0; i < options_.tree.Partials(owner).size(); ++i) {
        slice.terms.push_back(options_.received.Range(received_, own.elements));
        received_ += own.elements;
        exchange_.receives.push_back({owner, slice.terms.back()});
      }
    }
  }

  const BucketExchangeOptions& options_;
  BucketExchange exchange_;
  std::int64_t received_ = 0;
};

}  // namespace

std::vector<BucketExchange> MakeBucketExchanges(const BucketExchangeOptions& options) {
  std::vector<BucketExchange> exchanges;
  for (const Bucket& bucket : options.plan.buckets) {
    BucketExchangeBuilder builder(options);
    builder.Add(bucket.working);
    builder.Add(bucket.small);
    exchanges.push_back(builder.Take());
  }
  return exchanges;
}

std::int64_t ReceivedElements(const Plan& plan, const ReductionTree& tree, int rank) {
  std::int64_t foreign_partials = 0;
  for (int owner = 0; owner < tree.ranks(); ++owner) {
    if (owner != rank) foreign_partials += static_cast<std::int64_t>(tree.Partials(owner).size());
  }
  std::int64_t largest_slice = 0;
  for (const Bucket& bucket : plan.buckets) {
    largest_slice = std::max(largest_slice,
                             bucket.working.slice(tree.ranks()) + bucket.small.slice(tree.ranks()));
  }
  return foreign_partials * largest_slice;
}

}  // namespace lockstep
